import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flowLogFilePath } from './flow-log-file.ts';

const at = Date.UTC(2026, 10, 5, 7, 8, 9);

function path(over: { folder?: string; hivePartitions?: boolean; hourlyPartitions?: boolean } = {}): string {
  const destination = {
    ...{ type: 's3' as const, bucket: 'logs', folder: '', hivePartitions: false, hourlyPartitions: false },
    ...over,
  };
  const scope = { account: '123456789012', region: 'eu-west-1' };
  return flowLogFilePath({ ...scope, destination, flowLogId: 'fl-01', at, hash: '0a1b2c3d' }).join('/');
}

const NAME = '123456789012_vpcflowlogs_eu-west-1_fl-01_20261105T0708Z_0a1b2c3d.log.gz';

describe('a file of flow log records', () => {
  it('lies where AWS puts it', () => {
    assert.equal(path(), `AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/05/${NAME}`);
  });

  it('lies in the folder of its destination, by the hour, in partitions for Hive', () => {
    assert.equal(
      path({ folder: 'my/flows', hourlyPartitions: true }),
      `my/flows/AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/05/07/${NAME}`,
    );
    assert.equal(
      path({ hivePartitions: true, hourlyPartitions: true }),
      'AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=eu-west-1/' +
        `year=2026/month=11/day=05/hour=07/${NAME}`,
    );
  });

  it('never lies outside of the bucket', () => {
    assert.match(path({ folder: '../..//./x' }), /^%2E%2E\/%2E%2E\/%2E\/x\/AWSLogs\//);
  });
});
