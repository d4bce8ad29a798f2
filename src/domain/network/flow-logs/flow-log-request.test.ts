import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isApiError } from '../../errors.ts';
import { DEFAULT_FLOW_LOG_FORMAT } from './flow-log-format.ts';
import { bucketAndFolder, type FlowLogRequest, flowLogSettings } from './flow-log-request.ts';

const scope = { account: '000000000000', region: 'eu-west-1' };
const role = 'arn:aws:iam::000000000000:role/flow';
const toGroup = { TrafficType: 'ALL', LogGroupName: 'flow', DeliverLogsPermissionArn: role };
const toBucket = {
  TrafficType: 'REJECT',
  LogDestinationType: 's3',
  LogDestination: 'arn:aws:s3:::logs-1/a/b/',
};

describe('flowLogSettings', () => {
  it('completes what goes to a log group', () => {
    assert.deepEqual(flowLogSettings(toGroup, scope), {
      trafficType: 'ALL',
      destinationType: 'cloud-watch-logs',
      logGroupName: 'flow',
      deliverLogsPermissionArn: role,
      hivePartitions: false,
      hourlyPartitions: false,
      logFormat: DEFAULT_FLOW_LOG_FORMAT,
      maxAggregationIntervalS: 600,
    });
  });

  it("takes a log group's ARN", () => {
    const LogDestination = 'arn:aws:logs:eu-west-1:000000000000:log-group:/my/flow:*';
    const { logGroupName, logDestination } = flowLogSettings(
      { TrafficType: 'ALL', LogDestination, DeliverLogsPermissionArn: role },
      scope,
    );
    assert.deepEqual([logGroupName, logDestination], ['/my/flow', LogDestination]);
  });

  it('takes a bucket, partitions, a format and an interval', () => {
    const settings = flowLogSettings(
      {
        ...toBucket,
        LogFormat: '${version} ${ecs-task-id}',
        MaxAggregationInterval: 60,
        DestinationOptions: { FileFormat: 'plain-text', HiveCompatiblePartitions: true },
      },
      scope,
    );
    assert.deepEqual(settings, {
      trafficType: 'REJECT',
      destinationType: 's3',
      logDestination: 'arn:aws:s3:::logs-1/a/b/',
      hivePartitions: true,
      hourlyPartitions: false,
      logFormat: '${version} ${ecs-task-id}',
      maxAggregationIntervalS: 60,
    });
  });

  for (const [name, request, message, code = 'InvalidParameter'] of [
    [
      'no traffic type',
      { LogGroupName: 'flow', DeliverLogsPermissionArn: role },
      'The request must contain the parameter TrafficType',
      'MissingParameter',
    ],
    [
      'an unknown field',
      { ...toGroup, LogFormat: '${version} ${source}' },
      "Unknown fields provided: 'source'",
    ],
    [
      'another interval',
      { ...toGroup, MaxAggregationInterval: 61 },
      'Invalid Flow Log Max Aggregation Interval',
    ],
    [
      'no role for a log group',
      { TrafficType: 'ALL', LogGroupName: 'flow' },
      "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
    ],
    [
      'a role for a bucket',
      { ...toBucket, DeliverLogsPermissionArn: role },
      'DeliverLogsPermissionArn is not applicable for s3 Delivery',
    ],
    [
      'two destinations',
      { ...toGroup, LogDestination: 'arn:aws:s3:::logs-1' },
      'Please only provide LogGroupName or only provide LogDestination.',
    ],
    [
      'no destination',
      { TrafficType: 'ALL', LogDestinationType: 's3' },
      "LogDestination can't be empty if LogGroupName is not provided.",
    ],
    [
      'a log group for S3',
      { ...toGroup, LogDestinationType: 's3' },
      'LogDestination type must be cloud-watch-logs if LogGroupName is provided.',
    ],
    [
      "another account's log group",
      {
        TrafficType: 'ALL',
        DeliverLogsPermissionArn: role,
        LogDestination: 'arn:aws:logs:eu-west-1:111111111111:log-group:x',
      },
      'LogDestination: arn:aws:logs:eu-west-1:111111111111:log-group:x is not a log group of this account and region',
    ],
    [
      'a bucket that is none',
      { ...toBucket, LogDestination: 'arn:aws:s3:::B' },
      "LogDestination: arn:aws:s3:::B is not a bucket's ARN",
    ],
    [
      'Parquet',
      { ...toBucket, DestinationOptions: { FileFormat: 'parquet' } },
      'Flow logs cannot be written as parquet here.',
      'UnsupportedOperation',
    ],
    [
      'Firehose',
      { ...toBucket, LogDestinationType: 'kinesis-data-firehose' },
      'Flow logs cannot be delivered to kinesis-data-firehose here.',
      'UnsupportedOperation',
    ],
  ] as readonly [string, FlowLogRequest, string, string?][]) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => flowLogSettings(request, scope),
        (error) => isApiError(error, code) && error.message === message,
      );
    });
  }
});

describe('bucketAndFolder', () => {
  for (const [arn, place] of [
    ['arn:aws:s3:::logs-1', { bucket: 'logs-1', folder: '' }],
    ['arn:aws:s3:::logs-1/', { bucket: 'logs-1', folder: '' }],
    ['arn:aws:s3:::logs-1/a/b/', { bucket: 'logs-1', folder: 'a/b' }],
    ['arn:aws:s3:::', undefined],
    ['logs-1', undefined],
  ] as const) {
    it(`takes ${arn} apart`, () => assert.deepEqual(bucketAndFolder(arn), place));
  }
});
