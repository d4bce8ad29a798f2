/** Where a file of flow log records lies in its bucket, and what it is called: as on AWS. */
import type { Scope } from '../../arn.ts';
import type { FlowLogPicture } from '../vpc.ts';

type BucketDestination = Extract<FlowLogPicture['destination'], { type: 's3' }>;

export interface FlowLogFile extends Scope {
  readonly destination: BucketDestination;
  readonly flowLogId: string;
  /** Epoch milliseconds: when the file is made. */
  readonly at: number;
  /** 8 hexadecimal digits that tell it from others of the same minute. */
  readonly hash: string;
}

/** The parts of its path below the bucket; none of them leads upwards. */
export function flowLogFilePath(file: FlowLogFile): string[] {
  const { account, region, destination, flowLogId, at, hash } = file;
  const folder = destination.folder.split('/').filter((part) => part !== '');
  const minute = new Date(at).toISOString().slice(0, 16).replaceAll(/[-:]/g, '');
  const name = `${account}_vpcflowlogs_${region}_${flowLogId}_${minute}Z_${hash}.log.gz`;
  return [...folder.map(harmless), 'AWSLogs', ...partitions(file), name];
}

function partitions({ account, region, destination, at }: FlowLogFile): string[] {
  const [year = '', month = '', day = '', hour = ''] = new Date(at).toISOString().split(/[-T:]/);
  const { hivePartitions: hive, hourlyPartitions } = destination;
  const time = { year, month, day, ...(hourlyPartitions && { hour }) };
  const dated = Object.entries(time).map(([name, value]) => (hive ? `${name}=${value}` : value));
  const start = hive
    ? [`aws-account-id=${account}`, 'aws-service=vpcflowlogs', `aws-region=${region}`]
    : [account, 'vpcflowlogs', region];
  return [...start, ...dated];
}

/** In S3 a part may be `..` and mean nothing by it. */
function harmless(part: string): string {
  return /^\.+$/.test(part) ? part.replaceAll('.', '%2E') : part;
}
