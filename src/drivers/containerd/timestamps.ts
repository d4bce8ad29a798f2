/** protobuf's Timestamp as epoch milliseconds. */
import type { Response } from './proto/message-types.ts';

/** Undefined for a missing time and for Go's zero time (the year 1). */
export function epochMs(timestamp: Response<'Timestamp'> | undefined): number | undefined {
  if (timestamp === undefined || timestamp.seconds <= 0) return undefined;
  return timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1e6);
}
