/**
 * What the control plane gives for a time, by name, in memory only. Those who need it wait here while it is asked for.
 */
import { AppError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { withDeadline } from './waiting.ts';

/** Nearer than this to their end they are asked for anew. */
const RENEW_BEFORE_MS = 5 * 60_000;
const WAIT_MS = 15_000;

export interface RenewedValuesDeps {
  readonly clock: Clock;
  /** Asks the control plane for what has the name. */
  readonly onNeeded: (name: string) => void;
  /** What is said when nothing came. */
  readonly failure: string;
}

export class RenewedValues<T extends { readonly expiresAt: number }> {
  readonly #deps: RenewedValuesDeps;
  readonly #known = new Map<string, T>();
  readonly #waiting = new Map<string, Set<(value: T) => void>>();

  constructor(deps: RenewedValuesDeps) {
    this.#deps = deps;
  }

  set(name: string, value: T): void {
    this.#known.set(name, value);
    for (const resolve of this.#waiting.get(name) ?? []) resolve(value);
  }

  /** What is valid now. Rejects with `deadline` when nothing came in time, or the signal fired. */
  async get(name: string, signal: AbortSignal): Promise<T> {
    const { clock, onNeeded, failure } = this.#deps;
    const known = this.#known.get(name);
    const leftMs = (known?.expiresAt ?? 0) - clock.now();
    if (leftMs < RENEW_BEFORE_MS) onNeeded(name);
    if (known !== undefined && leftMs > 0) return known;
    return withDeadline(clock, WAIT_MS, signal, (over) => this.#next(name, over)).catch((error: unknown) => {
      throw new AppError('deadline', failure, { cause: error });
    });
  }

  forget(name: string): void {
    this.#known.delete(name);
  }

  /** `over`: nobody waits for it any more. */
  #next(name: string, over: AbortSignal): Promise<T> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting.add(resolve));
      over.addEventListener('abort', () => {
        waiting.delete(resolve);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
      });
    });
  }
}
