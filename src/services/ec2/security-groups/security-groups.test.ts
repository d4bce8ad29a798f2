import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EC2_SCOPE, Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { keys } from '../../../domain/keys.ts';
import type { EniRecord } from '../../../domain/network/records.ts';

let ec2: Ec2UnderTest;
let vpcId: string;
beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  const { Vpcs = [] } = await ec2.client.describeVpcs({});
  vpcId = Vpcs[0]?.VpcId ?? '';
});

const make = async (GroupName: string, more = {}): Promise<string> => {
  const { GroupId = '' } = await ec2.client.createSecurityGroup({ GroupName, Description: 'd', ...more });
  return GroupId;
};
const groupsOf = async (input = {}) => (await ec2.client.describeSecurityGroups(input)).SecurityGroups ?? [];

/** An interface as placement writes one. */
async function putEni(groupId: string): Promise<string> {
  const eni: EniRecord = {
    ...{ eniId: 'eni-00000000000000001', subnetId: 'subnet-1', vpcId, availabilityZone: 'eu-west-1a' },
    ...{ macAddress: '02:00:00:00:00:01', privateIpv4Address: '172.31.0.9', privateDnsName: 'ip' },
    ...{ securityGroups: [groupId], description: 'd', createdAt: 0, tags: {} },
    owner: { type: 'task', taskArn: 'arn', attachmentId: 'a', machineId: 'm' },
  };
  const key = keys.ec2(EC2_SCOPE, 'eni', eni.eniId);
  await ec2.store.transact([], [{ put: key, value: eni }]);
  return key;
}

describe('CreateSecurityGroup', () => {
  it('makes a group of the default VPC that lets everything out', async () => {
    const GroupId = await make('web', {
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    assert.match(GroupId, /^sg-0[0-9a-f]{16}$/);
    const [group] = await groupsOf({ GroupIds: [GroupId] });
    assert.deepEqual(group, {
      ...{ GroupId, GroupName: 'web', Description: 'd', VpcId: vpcId, OwnerId: '000000000000' },
      SecurityGroupArn: `arn:aws:ec2:eu-west-1:000000000000:security-group/${GroupId}`,
      IpPermissions: [],
      IpPermissionsEgress: [
        {
          IpProtocol: '-1',
          IpRanges: [{ CidrIp: '0.0.0.0/0' }],
          Ipv6Ranges: [],
          PrefixListIds: [],
          UserIdGroupPairs: [],
        },
      ],
      Tags: [{ Key: 'a', Value: 'b' }],
    });
  });

  for (const [name, input, code, message] of [
    [
      'a name like an id',
      { GroupName: 'sg-web', Description: 'd' },
      'InvalidParameterValue',
      'Value (sg-web) for parameter GroupName is invalid. Group names may not be in the format sg-*.',
    ],
    [
      'the name of the default group',
      { GroupName: 'default', Description: 'd' },
      'InvalidParameterValue',
      'Cannot use reserved security group name: default',
    ],
    [
      'a description beyond ASCII',
      { GroupName: 'x', Description: 'Büro' },
      'InvalidParameterValue',
      'Value (Büro) for parameter GroupDescription is invalid. Character sets beyond ASCII are not supported.',
    ],
    [
      'a VPC that does not exist',
      { GroupName: 'x', Description: 'd', VpcId: 'vpc-00000000000000009' },
      'InvalidVpcID.NotFound',
      "The vpc ID 'vpc-00000000000000009' does not exist",
    ],
  ] as const) {
    it(`refuses ${name}`, () => refusesEc2(ec2.client.createSecurityGroup(input), code, message));
  }

  it('refuses a name that the VPC has, also when several ask at once', async () => {
    const asked = Array.from({ length: 5 }, () => make('web'));
    const results = await Promise.allSettled(asked);
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    await refusesEc2(
      make('web'),
      'InvalidGroup.Duplicate',
      `The security group 'web' already exists for VPC '${vpcId}'`,
    );
  });
});

describe('DeleteSecurityGroup', () => {
  it('takes a group away, by id or by name', async () => {
    await ec2.client.deleteSecurityGroup({ GroupId: await make('a') });
    await make('b');
    await ec2.client.deleteSecurityGroup({ GroupName: 'b' });
    assert.deepEqual(
      (await groupsOf()).map(({ GroupName }) => GroupName),
      ['default'],
    );
    await refusesEc2(
      ec2.client.deleteSecurityGroup({ GroupName: 'b' }),
      'InvalidGroup.NotFound',
      `The security group 'b' does not exist in default VPC '${vpcId}'`,
    );
  });

  it('keeps the default group', async () => {
    const [group] = await groupsOf({ GroupNames: ['default'] });
    await refusesEc2(
      ec2.client.deleteSecurityGroup({ GroupId: group?.GroupId }),
      'CannotDelete',
      `the specified group: "${group?.GroupId}" name: "default" cannot be deleted by a user`,
    );
  });

  it('keeps a group that a rule of another names, but not for a rule of its own', async () => {
    const [GroupId, other] = [await make('a'), await make('b')];
    const rule = { IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }] };
    await ec2.client.authorizeSecurityGroupIngress({ GroupId, ...rule });
    await ec2.client.authorizeSecurityGroupIngress({ GroupId: other, ...rule });
    const message = `resource ${GroupId} has a dependent object`;
    await refusesEc2(ec2.client.deleteSecurityGroup({ GroupId }), 'DependencyViolation', message);
    await ec2.client.revokeSecurityGroupIngress({ GroupId: other, ...rule });
    await ec2.client.deleteSecurityGroup({ GroupId });
  });

  it('keeps a group that an interface has', async () => {
    const GroupId = await make('a');
    const key = await putEni(GroupId);
    const message = `resource ${GroupId} has a dependent object`;
    await refusesEc2(ec2.client.deleteSecurityGroup({ GroupId }), 'DependencyViolation', message);
    await ec2.store.transact([], [{ delete: key }]);
    await ec2.client.deleteSecurityGroup({ GroupId });
  });
});

describe('DescribeSecurityGroups', () => {
  it('knows filters by what rules say, by tag and by name', async () => {
    const web = await make('web');
    const db = await make('db', {
      TagSpecifications: [{ ResourceType: 'security-group', Tags: [{ Key: 'tier', Value: 'data' }] }],
    });
    await ec2.client.authorizeSecurityGroupIngress({
      GroupId: db,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, UserIdGroupPairs: [{ GroupId: web }] },
      ],
    });
    for (const [filters, expected] of [
      [{ 'ip-permission.group-name': 'web' }, ['db']],
      [{ 'ip-permission.from-port': '5432', 'ip-permission.protocol': 'tcp' }, ['db']],
      [{ 'egress.ip-permission.cidr': '0.0.0.0/0' }, ['db', 'default', 'web']],
      [{ 'tag:tier': 'd*' }, ['db']],
      [{ 'group-name': 'we?' }, ['web']],
      [{ 'vpc-id': vpcId, description: 'd' }, ['db', 'web']],
      [{ 'owner-id': '111111111111' }, []],
    ] as const) {
      const Filters = Object.entries(filters).map(([Name, value]) => ({ Name, Values: [value] }));
      const found = new Set((await groupsOf({ Filters })).map(({ GroupName }) => GroupName));
      assert.deepEqual(found, new Set(expected), JSON.stringify(filters));
    }
  });

  it('gives pages', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await make(name);
    const first = await ec2.client.describeSecurityGroups({ MaxResults: 5 });
    const { NextToken } = first;
    const second = await ec2.client.describeSecurityGroups({ MaxResults: 5, NextToken });
    const all = [...(first.SecurityGroups ?? []), ...(second.SecurityGroups ?? [])];
    assert.equal(new Set(all.map(({ GroupId }) => GroupId)).size, 7);
    assert.equal(second.NextToken, undefined);
  });

  it('refuses ids that are none or not there', async () => {
    await refusesEc2(groupsOf({ GroupIds: ['web'] }), 'InvalidGroupId.Malformed', /^Invalid id: "web"/);
    await refusesEc2(
      groupsOf({ GroupIds: ['sg-00000000000000009'] }),
      'InvalidGroup.NotFound',
      "The security group 'sg-00000000000000009' does not exist",
    );
  });
});
