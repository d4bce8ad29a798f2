/** What the store keeps for CloudWatch Logs. Times are epoch milliseconds, as in the Logs API itself. */
export interface LogGroupRecord {
  logGroupName: string;
  /** What the keys of its streams and events begin with; a group made again under the name has another. */
  groupId: string;
  /** Without `:*` at its end. */
  arn: string;
  creationTime: number;
  retentionInDays?: number;
  tags: Record<string, string>;
  /** The sum over its streams when they were swept last. */
  storedBytes: number;
  sweptAt: number;
  kmsKeyId?: string;
  logGroupClass: string;
}

export interface LogStreamRecord {
  logStreamName: string;
  /** What the keys of its events begin with, and the last part of their ids. */
  streamId: string;
  arn: string;
  creationTime: number;
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
  lastIngestionTime?: number;
  /** Sequence of the last PutLogEvents; see EventPosition. 0 before the first one. */
  lastSequence: number;
  /** Sequence of the PutLogEvents before that. */
  previousSequence?: number;
  storedBytes: number;
}

/**
 * Events of one PutLogEvents that lie close together, in the order of their timestamps. The key carries the first
 * timestamp and the sequence; no event is later than BATCH_SPAN_MS after the first.
 */
export interface LogEventBatch {
  ingestionTime: number;
  /** Index of the first event within its PutLogEvents. */
  firstIndex: number;
  timestamps: number[];
  messages: string[];
  /** As AWS counts them: the messages in UTF-8, and 26 more for each. */
  bytes: number;
}

/** The same, with the events as bytes that go with the entry: a block as wire/logs/event-block.ts has it. */
export type LogEventBlock = Omit<LogEventBatch, 'timestamps' | 'messages'>;

/** A group as a query looks through it. */
export type QueriedGroup = Pick<LogGroupRecord, 'groupId' | 'logGroupName'>;

/** A query of Logs Insights, without its results. */
export interface LogQueryRecord {
  queryId: string;
  text: string;
  groups: QueriedGroup[];
  /** Both of them inside. */
  startTime: number;
  endTime: number;
  limit?: number;
  createTime: number;
  status: 'Running' | 'Complete' | 'Failed' | 'Timeout' | 'Cancelled';
  durationMs?: number;
  bytesScanned: number;
}

/** What is left of a deleted group or stream: a prefix of event keys to be deleted little by little. */
export interface LogTrashRecord {
  prefix: string;
}
