/** A step from one format of the data directory to the next. */
import type { DataDir } from '../data-dir.ts';

/** Directories with records, which a migration may change. */
export type RecordsName = 'control' | 'metrics' | 'agent';

export interface Migration {
  /** What it changes, for the log and the documents: "… is …". */
  readonly what: string;
  /** What it writes to; of these a copy is made before. */
  readonly changes: readonly RecordsName[];
  /**
   * Does it. No process of Neargate works with the directory meanwhile; tasks may run. It may be killed at any line
   * and then runs once more from its beginning, so it takes what it finds, half done too.
   */
  run(dir: DataDir): Promise<void>;
}
