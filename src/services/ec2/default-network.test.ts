import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keys } from '../../domain/keys.ts';
import { DefaultNetworks } from './default-network.ts';
import { EC2_SCOPE, Ec2UnderTest, refusesEc2 } from '../../../test/support/ec2/ec2-under-test.ts';

describe('The default network', () => {
  it('is there for every account and region that asks, with ids of its own', async () => {
    const ec2 = new Ec2UnderTest();
    const seen = new Set<string>();
    for (const scope of [
      EC2_SCOPE,
      { ...EC2_SCOPE, account: '111111111111' },
      { ...EC2_SCOPE, region: 'us-east-1' },
    ]) {
      const { Vpcs = [] } = await ec2.clientOf(scope).describeVpcs({});
      assert.equal(Vpcs.length, 1);
      const [vpc] = Vpcs;
      assert.equal(vpc?.CidrBlock, '172.31.0.0/16');
      assert.equal(vpc.IsDefault, true);
      assert.equal(vpc.OwnerId, scope.account);
      assert.match(vpc.VpcId ?? '', /^vpc-0[0-9a-f]{16}$/);
      seen.add(vpc.VpcId ?? '');
    }
    assert.equal(seen.size, 3);
  });

  it('is made once, however many ask at the same time, also after a restart', async () => {
    const ec2 = new Ec2UnderTest();
    await Promise.all(Array.from({ length: 20 }, () => ec2.defaultNetworks.ensure(EC2_SCOPE)));
    const marker = await ec2.store.get(keys.networkMarker(EC2_SCOPE));
    assert.equal((await ec2.store.range({ prefix: keys.ec2All(EC2_SCOPE, 'subnet') })).length, 3);
    const { store, clock } = ec2;
    const restarted = new DefaultNetworks({ store, clock, vpcCidr: '172.31.0.0/16' });
    await restarted.ensure(EC2_SCOPE);
    assert.deepEqual(await ec2.store.get(keys.networkMarker(EC2_SCOPE)), marker);
  });

  it('tells what it would do on a dry run', async () => {
    const { client } = new Ec2UnderTest();
    await refusesEc2(
      client.describeVpcs({ DryRun: true }),
      'DryRunOperation',
      'Request would have succeeded, but DryRun flag is set.',
      412,
    );
  });
});

describe('DescribeAvailabilityZones and DescribeRegions', () => {
  it('show three zones, by name, id and filter', async () => {
    const { client } = new Ec2UnderTest();
    const { AvailabilityZones: all = [] } = await client.describeAvailabilityZones({});
    assert.deepEqual(
      all.map(({ ZoneName, ZoneId }) => [ZoneName, ZoneId]),
      [
        ['eu-west-1a', 'euw1-az1'],
        ['eu-west-1b', 'euw1-az2'],
        ['eu-west-1c', 'euw1-az3'],
      ],
    );
    const { AvailabilityZones: some = [] } = await client.describeAvailabilityZones({
      Filters: [{ Name: 'zone-name', Values: ['*b', 'eu-west-1?'] }],
      ZoneIds: ['euw1-az2'],
    });
    assert.deepEqual(
      some.map(({ ZoneName }) => ZoneName),
      ['eu-west-1b'],
    );
    await refusesEc2(
      client.describeAvailabilityZones({ ZoneNames: ['us-east-1a'] }),
      'InvalidParameterValue',
      'Invalid availability zones: [us-east-1a]',
    );
  });

  it('show the regions with their endpoints', async () => {
    const { client } = new Ec2UnderTest();
    const { Regions = [] } = await client.describeRegions({ RegionNames: ['eu-west-1'] });
    assert.deepEqual(Regions, [
      {
        RegionName: 'eu-west-1',
        Endpoint: 'ec2.eu-west-1.amazonaws.com',
        OptInStatus: 'opt-in-not-required',
      },
    ]);
    await refusesEc2(
      client.describeRegions({ Filters: [{ Name: 'color', Values: ['red'] }] }),
      'InvalidParameterValue',
      "The filter 'color' is invalid",
    );
  });
});
