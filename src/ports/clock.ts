/** Time and chance, injected so that rules and loops can be tested without waiting. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`; rejects with AbortError when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface IdSource {
  /** `length` random lower-case hexadecimal digits. */
  hex(length: number): string;
  /** A random UUID, version 4. */
  uuid(): string;
}
