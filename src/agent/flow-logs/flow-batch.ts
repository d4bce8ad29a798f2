/** The records of one flow log for one interval, on their way to its destination. */
import type { Scope } from '../../domain/arn.ts';
import type { FlowLogPicture } from '../../domain/network/vpc.ts';

export interface FlowBatch extends Scope {
  readonly flowLogId: string;
  readonly trafficType: FlowLogPicture['trafficType'];
  readonly destination: FlowLogPicture['destination'];
  /** The names of the fields. */
  readonly header: string;
  /** The interval's end, in epoch milliseconds. */
  readonly at: number;
  readonly interfaces: readonly InterfaceRecords[];
}

export interface InterfaceRecords {
  readonly eniId: string;
  readonly records: readonly FlowRecord[];
}

export interface FlowRecord {
  /** When its flow began, in epoch milliseconds. */
  readonly timestamp: number;
  readonly message: string;
}

export interface FlowDelivery {
  /** The flow log is there. True when it was already: an earlier process had it. */
  begin(flowLogId: string): boolean;
  /** It is no more; what waits is still delivered. */
  end(flowLogId: string): void;
  /** Sees to it that the records arrive, also if this process ends. False: there is no room for them. */
  deliver(batch: FlowBatch): Promise<boolean>;
}
