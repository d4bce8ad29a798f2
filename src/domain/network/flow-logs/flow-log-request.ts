/**
 * What CreateFlowLogs asks for, checked and completed: where records go and what they hold. Names are the API's,
 * messages AWS's. Everything goes as plain text to CloudWatch Logs or to files in the shape of S3.
 */
import type { Scope } from '../../arn.ts';
import { ApiError, hasKind } from '../../errors.ts';
import { DEFAULT_FLOW_LOG_FORMAT, parseFlowLogFormat } from './flow-log-format.ts';
import type { FlowLogRecord } from '../records.ts';

export interface FlowLogRequest {
  readonly TrafficType?: string | undefined;
  readonly LogDestinationType?: string | undefined;
  readonly LogDestination?: string | undefined;
  readonly LogGroupName?: string | undefined;
  readonly DeliverLogsPermissionArn?: string | undefined;
  readonly LogFormat?: string | undefined;
  readonly MaxAggregationInterval?: number | undefined;
  readonly DestinationOptions?:
    | {
        readonly FileFormat?: string | undefined;
        readonly HiveCompatiblePartitions?: boolean | undefined;
        readonly PerHourPartition?: boolean | undefined;
      }
    | undefined;
}

/** What all flow logs of one request have in common. */
export type FlowLogSettings = Omit<
  FlowLogRecord,
  'flowLogId' | 'resourceId' | 'vpcId' | 'tags' | 'createdAt' | 'request'
>;

type Destination = Pick<
  FlowLogSettings,
  'destinationType' | 'logGroupName' | 'logDestination' | 'deliverLogsPermissionArn'
>;

const TRAFFIC_TYPES = ['ACCEPT', 'REJECT', 'ALL'] as const;
const DEFAULT_INTERVAL_S = 600;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Throws InvalidParameter, MissingParameter or UnsupportedOperation. */
export function flowLogSettings(request: FlowLogRequest, scope: Scope): FlowLogSettings {
  const trafficType = TRAFFIC_TYPES.find((type) => type === request.TrafficType);
  if (trafficType === undefined) throw wrongTrafficType(request.TrafficType);
  const interval = request.MaxAggregationInterval ?? DEFAULT_INTERVAL_S;
  if (interval !== 60 && interval !== 600) throw refuse('Invalid Flow Log Max Aggregation Interval');
  return {
    trafficType,
    ...destination(request, scope),
    ...options(request),
    logFormat: format(request.LogFormat),
    maxAggregationIntervalS: interval,
  };
}

function wrongTrafficType(given: string | undefined): ApiError {
  return given === undefined
    ? new ApiError('MissingParameter', 'The request must contain the parameter TrafficType')
    : refuse(`Invalid value '${given}' for TrafficType. Valid values are ${TRAFFIC_TYPES.join(', ')}.`);
}

function format(text: string | undefined): string {
  if (text === undefined || text === '') return DEFAULT_FLOW_LOG_FORMAT;
  try {
    parseFlowLogFormat(text);
  } catch (error) {
    throw hasKind(error, 'invalid') ? refuse(error.message) : error;
  }
  return text;
}

function destination(request: FlowLogRequest, scope: Scope): Destination {
  const { LogDestinationType: type = 'cloud-watch-logs', LogDestination, LogGroupName } = request;
  if (type !== 'cloud-watch-logs' && type !== 's3') {
    throw new ApiError('UnsupportedOperation', `Flow logs cannot be delivered to ${type} here.`);
  }
  if (LogDestination !== undefined && LogGroupName !== undefined) {
    throw refuse('Please only provide LogGroupName or only provide LogDestination.');
  }
  if (LogGroupName !== undefined && type !== 'cloud-watch-logs') {
    throw refuse('LogDestination type must be cloud-watch-logs if LogGroupName is provided.');
  }
  if (LogDestination === undefined && LogGroupName === undefined) {
    throw refuse("LogDestination can't be empty if LogGroupName is not provided.");
  }
  return type === 's3' ? toBucket(request) : toLogGroup(request, scope);
}

function toLogGroup(
  { LogDestination, LogGroupName, DeliverLogsPermissionArn }: FlowLogRequest,
  { account, region }: Scope,
): Destination {
  if (DeliverLogsPermissionArn === undefined || DeliverLogsPermissionArn === '') {
    throw refuse("DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.");
  }
  const common = {
    destinationType: 'cloud-watch-logs',
    deliverLogsPermissionArn: DeliverLogsPermissionArn,
  } as const;
  if (LogDestination === undefined) return { ...common, logGroupName: LogGroupName ?? '' };
  const start = `arn:aws:logs:${region}:${account}:log-group:`;
  const logGroupName = LogDestination.slice(start.length).replace(/:\*$/, '');
  if (!LogDestination.startsWith(start) || !/^[\w./#-]{1,512}$/.test(logGroupName)) {
    throw refuse(`LogDestination: ${LogDestination} is not a log group of this account and region`);
  }
  return { ...common, logGroupName, logDestination: LogDestination };
}

function toBucket({ LogDestination = '', DeliverLogsPermissionArn }: FlowLogRequest): Destination {
  if (DeliverLogsPermissionArn !== undefined) {
    throw refuse('DeliverLogsPermissionArn is not applicable for s3 Delivery');
  }
  const place = bucketAndFolder(LogDestination);
  if (place === undefined) throw refuse(`LogDestination: ${LogDestination} is not a bucket's ARN`);
  if (place.folder.split('/').includes('AWSLogs')) {
    throw refuse('LogDestination must not have AWSLogs as a folder: it is reserved');
  }
  return { destinationType: 's3', logDestination: LogDestination };
}

/** Takes the ARN of a bucket with an optional folder apart: `arn:aws:s3:::bucket/folder/`. */
export function bucketAndFolder(
  arn: string,
): { readonly bucket: string; readonly folder: string } | undefined {
  const [, bucket = '', folder = ''] = /^arn:aws:s3:::([^/]*)\/?(.*?)\/?$/.exec(arn) ?? [];
  return BUCKET.test(bucket) ? { bucket, folder } : undefined;
}

function options({
  DestinationOptions: { FileFormat, HiveCompatiblePartitions = false, PerHourPartition = false } = {},
  LogDestinationType,
}: FlowLogRequest): Pick<FlowLogSettings, 'hivePartitions' | 'hourlyPartitions'> {
  if (FileFormat !== undefined && FileFormat !== 'plain-text') {
    throw new ApiError('UnsupportedOperation', `Flow logs cannot be written as ${FileFormat} here.`);
  }
  if (LogDestinationType !== 's3' && (HiveCompatiblePartitions || PerHourPartition)) {
    throw refuse('DestinationOptions is only applicable for s3 Delivery');
  }
  return { hivePartitions: HiveCompatiblePartitions, hourlyPartitions: PerHourPartition };
}

const refuse = (message: string): ApiError => new ApiError('InvalidParameter', message);
