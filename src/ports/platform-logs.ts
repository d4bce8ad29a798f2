/** Log events that the platform itself writes: nobody has to make their group or their stream. */
import type { Scope } from '../domain/arn.ts';
import type { Condition, Write } from './store.ts';

export interface PlatformLog {
  readonly scope: Scope;
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** Of a group that has to be made; one that is there keeps its own. */
  readonly retentionInDays: number;
  /** In the order of their times, epoch milliseconds. */
  readonly events: readonly { readonly timestamp: number; readonly message: string }[];
}

export interface PlatformLogs {
  /**
   * Appends events, one log a stream, in one transaction with the writes, on disk when this resolves. False when a
   * condition did not hold: then nothing was written.
   */
  append(
    logs: readonly PlatformLog[],
    conditions: readonly Condition[],
    writes: readonly Write[],
  ): Promise<boolean>;
}
