/** Who takes lines of output: what a LineSink hands its batches to. */
import type { OutputLine } from './line-reader.ts';

export interface OutputTarget {
  /**
   * Hands over lines, in their order; resolves once they are taken for good. One try: when it rejects, all of them come
   * again. Rejects with kind `invalid` for what would never be taken.
   */
  deliver(lines: readonly OutputLine[], signal: AbortSignal): Promise<void>;
  /** Ends connections. */
  close(): void;
}
