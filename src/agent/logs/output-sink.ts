/**
 * Where one container's output goes. What it takes it counts with the container's OutputMeter; what waits is an
 * OutputBacklog, which keeps the position for the next agent.
 */
export interface OutputSink {
  /** Begins to follow the output. */
  start(): void;
  /** Takes all that is there, then ends; gives up when the signal fires, and counts what is left as lost. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends at once. Resolves when nothing of it goes on. What was not taken stays for the next agent. */
  close(): Promise<void>;
}
