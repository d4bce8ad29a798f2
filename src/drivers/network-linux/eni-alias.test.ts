import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eniOf } from '../../ports/testing/task-network-suite.ts';
import { describeEni, readEni } from './eni-alias.ts';

const ENI = eniOf({ vpcId: 'vpc-1', cidr: '172.131.0.0/16', routedFromHost: false }, 200);

describe('what an interface says of itself', () => {
  it('is read as it was written, with and without a public address', () => {
    for (const eni of [ENI, { ...ENI, publicIpv4Address: '198.19.0.9' }, { ...ENI, securityGroups: [] }]) {
      const read = readEni({ alias: describeEni(eni), index: 7 });
      assert.deepEqual(
        [read?.index, read?.eniId, read?.privateIpv4Address, read?.macAddress],
        [7, eni.eniId, eni.privateIpv4Address, eni.macAddress],
      );
      assert.deepEqual(read?.securityGroups, eni.securityGroups);
      assert.equal(read?.publicIpv4Address, (eni as { publicIpv4Address?: string }).publicIpv4Address);
    }
  });

  it('fits in an alias with all that an interface can have', () => {
    const securityGroups = Array.from({ length: 5 }, (_, index) => `sg-${'0'.repeat(16)}${index}`);
    const widest = {
      ...ENI,
      securityGroups,
      privateIpv4Address: '172.131.116.254',
      publicIpv4Address: '198.119.116.254',
    };
    assert.ok(describeEni(widest).length <= 255);
  });

  it('is nothing before it was written', () => {
    assert.equal(readEni({ alias: '', index: 7 }), undefined);
  });
});
