/** What the store keeps for CloudWatch Logs. Times are epoch milliseconds, as in the Logs API itself. */
export interface LogGroupRecord {
  logGroupName: string;
  arn: string;
  creationTime: number;
  retentionInDays?: number;
  tags: Record<string, string>;
  storedBytes: number;
  kmsKeyId?: string;
  logGroupClass: string;
}

export interface LogStreamRecord {
  logStreamName: string;
  arn: string;
  creationTime: number;
  firstEventTimestamp?: number;
  lastEventTimestamp?: number;
  lastIngestionTime?: number;
  uploadSequenceToken: string;
  storedBytes: number;
}
