/** Puts a batch of records into CloudWatch Logs: a stream for each interface. Group and stream are made when missing. */
import { isApiError } from '../../domain/errors.ts';
import type { LogsClient } from '../logs/logs-client.ts';
import type { FlowBatch, FlowRecord, InterfaceRecords } from './flow-batch.ts';

/** As PutLogEvents takes them. */
const MAX_EVENTS = 10_000;
const MAX_BYTES = 1_048_576;
const OVERHEAD_BYTES = 26;

/** Throws what the client throws; some of it may have arrived by then. */
export async function putIntoGroup(client: LogsClient, batch: FlowBatch, signal: AbortSignal): Promise<void> {
  if (batch.destination.type !== 'cloud-watch-logs') return;
  const group = batch.destination.logGroupName;
  for (const { eniId, records } of batch.interfaces) {
    const stream = `${eniId}-${batch.trafficType.toLowerCase()}`;
    for (const events of portions(records)) {
      try {
        await client.putLogEvents(group, stream, events, signal);
      } catch (error) {
        if (!isApiError(error, 'ResourceNotFoundException')) throw error;
        await ensureStream(client, group, stream, signal);
        await client.putLogEvents(group, stream, events, signal);
      }
    }
  }
}

/** Sorted by time, each as large as one call may be. */
export function portions(records: InterfaceRecords['records']): FlowRecord[][] {
  const found: FlowRecord[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const record of [...records].sort((one, other) => one.timestamp - other.timestamp)) {
    const size = Buffer.byteLength(record.message) + OVERHEAD_BYTES;
    const last = found.at(-1);
    if (last === undefined || last.length >= MAX_EVENTS || bytes + size > MAX_BYTES) {
      found.push([record]);
      bytes = size;
    } else {
      last.push(record);
      bytes += size;
    }
  }
  return found;
}

async function ensureStream(
  client: LogsClient,
  group: string,
  stream: string,
  signal: AbortSignal,
): Promise<void> {
  await ignoreExisting(client.createLogGroup(group, signal));
  await ignoreExisting(client.createLogStream(group, stream, signal));
}

async function ignoreExisting(creation: Promise<void>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isApiError(error, 'ResourceAlreadyExistsException')) throw error;
  }
}
