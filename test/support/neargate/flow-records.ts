/** Records of flow logs as their readers find them: in CloudWatch Logs, and in files that are shaped like a bucket. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import {
  type CloudWatchLogsClient,
  ResourceNotFoundException,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';

/** Fields by name. */
export type FlowRecord = Readonly<Record<string, string>>;

/** The fields of version 2, which a flow log without a format of its own has. */
export const DEFAULT_FIELDS = [
  ...['version', 'account-id', 'interface-id', 'srcaddr', 'dstaddr', 'srcport', 'dstport', 'protocol'],
  ...['packets', 'bytes', 'start', 'end', 'action', 'log-status'],
];

/** All records that a stream of a log group has so far; none while it is not there. */
export async function recordsInLogs(
  logs: CloudWatchLogsClient,
  logGroupName: string,
  logStreamName: string,
): Promise<FlowRecord[]> {
  const records: FlowRecord[] = [];
  try {
    const input = { logGroupName, logStreamNames: [logStreamName] };
    for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, input)) {
      records.push(...events.map(({ message = '' }) => recordOf(DEFAULT_FIELDS, message)));
    }
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  return records;
}

/** All records in the files below a directory, by their paths in it. */
export async function recordsInFiles(directory: string): Promise<Map<string, FlowRecord[]>> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const found = new Map<string, FlowRecord[]>();
  for (const name of names.filter((each) => each.endsWith('.log.gz')).sort()) {
    const text = await promisify(gunzip)(await readFile(join(directory, name)));
    const [header = '', ...lines] = text.toString().trimEnd().split('\n');
    found.set(
      name,
      lines.map((line) => recordOf(header.split(' '), line)),
    );
  }
  return found;
}

/** Sums a field of the records that match all the given fields. */
export function sumOf(records: readonly FlowRecord[], field: 'packets' | 'bytes', match: FlowRecord): number {
  return matching(records, match).reduce((sum, record) => sum + Number(record[field]), 0);
}

export function matching(records: readonly FlowRecord[], match: FlowRecord): FlowRecord[] {
  return records.filter((record) => Object.entries(match).every(([field, value]) => record[field] === value));
}

function recordOf(fields: readonly string[], line: string): FlowRecord {
  const values = line.split(' ');
  return Object.fromEntries(fields.map((field, index) => [field, values[index] ?? '']));
}
