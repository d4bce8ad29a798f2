/** Where one container's output goes. */
export interface OutputSink {
  /** Begins to follow the output. */
  start(): void;
  /** Takes all that is there, then ends; gives up when the signal fires. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends at once. Resolves when nothing of it goes on. */
  close(): Promise<void>;
}
