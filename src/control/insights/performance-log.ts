/** Where performance records go: a cluster's log group, and one of its streams. */
import type { Scope } from '../../domain/arn.ts';
import type { PerformanceRecord } from '../../domain/insights/performance-records.ts';
import type { PlatformLog } from '../../ports/platform-logs.ts';

const RETENTION_DAYS = 1;
const STREAMS = 10_000;

/** Each writer has a stream of its own, so that they do not wait for each other. */
export function performanceLog(
  scope: Scope,
  clusterName: string,
  writer: string,
  records: readonly PerformanceRecord[],
): PlatformLog {
  return {
    scope,
    logGroupName: `/aws/ecs/containerinsights/${clusterName}/performance`,
    logStreamName: `FargateTelemetry-${streamNumber(writer)}`,
    retentionInDays: RETENTION_DAYS,
    events: records
      .map((record) => ({ timestamp: record.Timestamp, message: JSON.stringify(record) }))
      .sort((one, other) => one.timestamp - other.timestamp),
  };
}

function streamNumber(writer: string): number {
  let number = 0;
  for (const character of writer) number = (number * 31 + character.charCodeAt(0)) % STREAMS;
  return number;
}
