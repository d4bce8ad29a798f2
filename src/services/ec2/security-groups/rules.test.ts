import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { EC2_SCOPE, Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { keys } from '../../../domain/keys.ts';
import type { SecurityGroupRecord, VpcRecord } from '../../../domain/network/records.ts';

let ec2: Ec2UnderTest;
let GroupId: string;
beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  const made = await ec2.client.createSecurityGroup({ GroupName: 'web', Description: 'd' });
  GroupId = made.GroupId ?? '';
});

const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '10.0.0.0/8' }] };
const group = async () =>
  (await ec2.client.describeSecurityGroups({ GroupIds: [GroupId] })).SecurityGroups?.[0];
const rules = async () => {
  const Filters = [{ Name: 'group-id', Values: [GroupId] }];
  return (await ec2.client.describeSecurityGroupRules({ Filters })).SecurityGroupRules ?? [];
};
const authorize = (...IpPermissions: object[]) =>
  ec2.client.authorizeSecurityGroupIngress({ GroupId, IpPermissions });
const revoke = (...IpPermissions: object[]) =>
  ec2.client.revokeSecurityGroupIngress({ GroupId, IpPermissions });

/** Another VPC with a group, which is no default VPC. */
async function otherVpc(): Promise<string> {
  const [entry] = await ec2.store.range<VpcRecord>({ prefix: keys.ec2All(EC2_SCOPE, 'vpc') });
  const vpcId = 'vpc-00000000000000002';
  const other = { ...entry?.value, vpcId, isDefault: false };
  await ec2.store.transact([], [{ put: keys.ec2(EC2_SCOPE, 'vpc', vpcId), value: other }]);
  const made = await ec2.client.createSecurityGroup({ GroupName: 'o', Description: 'd', VpcId: vpcId });
  return made.GroupId ?? '';
}

describe('AuthorizeSecurityGroupIngress', () => {
  it('adds rules with ids, tags and descriptions', async () => {
    const { Return, SecurityGroupRules: [rule] = [] } = await ec2.client.authorizeSecurityGroupIngress({
      GroupId,
      IpPermissions: [{ ...ssh, IpRanges: [{ CidrIp: '10.1.2.3/8', Description: 'office' }] }],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    assert.equal(Return, true);
    const SecurityGroupRuleId = rule?.SecurityGroupRuleId ?? '';
    assert.match(SecurityGroupRuleId, /^sgr-0[0-9a-f]{16}$/);
    assert.deepEqual(rule, {
      ...{ SecurityGroupRuleId, GroupId, GroupOwnerId: '000000000000', IsEgress: false },
      SecurityGroupRuleArn: `arn:aws:ec2:eu-west-1:000000000000:security-group-rule/${SecurityGroupRuleId}`,
      ...{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIpv4: '10.0.0.0/8', Description: 'office' },
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    assert.deepEqual(
      (await rules()).find(({ IsEgress }) => IsEgress === false),
      rule,
    );
  });

  it('knows groups, prefix lists and IPv6 ranges', async () => {
    const { PrefixLists: [list] = [] } = await ec2.client.describePrefixLists({});
    const { SecurityGroupRules = [] } = await authorize({
      ...{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] },
      PrefixListIds: [{ PrefixListId: list?.PrefixListId }],
      Ipv6Ranges: [{ CidrIpv6: '::/0' }],
    });
    const peers = SecurityGroupRules.map((rule) => [
      rule.CidrIpv6,
      rule.PrefixListId,
      rule.ReferencedGroupInfo?.GroupId,
      rule.FromPort,
    ]);
    assert.deepEqual(peers, [
      ['::/0', undefined, undefined, -1],
      [undefined, undefined, GroupId, -1],
      [undefined, list?.PrefixListId, undefined, -1],
    ]);
    assert.equal((await group())?.IpPermissions?.length, 1);
  });

  it('takes the members of old', async () => {
    const { IpProtocol, FromPort, ToPort } = ssh;
    const flat = { IpProtocol, FromPort, ToPort, CidrIp: '10.0.0.0/8' };
    await ec2.client.authorizeSecurityGroupIngress({ GroupName: 'web', ...flat });
    await ec2.client.authorizeSecurityGroupIngress({ GroupId, SourceSecurityGroupName: 'default' });
    assert.deepEqual(
      (await group())?.IpPermissions?.map((one) => [one.IpProtocol, one.FromPort, one.ToPort]),
      [
        ['tcp', 22, 22],
        ['icmp', -1, -1],
        ['tcp', 0, 65_535],
        ['udp', 0, 65_535],
      ],
    );
    await ec2.client.revokeSecurityGroupIngress({ GroupName: 'web', ...flat });
    assert.equal((await group())?.IpPermissions?.length, 3);
    await refusesEc2(
      ec2.client.authorizeSecurityGroupIngress({ GroupId, ...flat, IpPermissions: [ssh] }),
      'InvalidParameterCombination',
      /^The parameter ipPermissions may not be used/,
    );
    await refusesEc2(
      ec2.client.authorizeSecurityGroupEgress({ GroupId, ...flat }),
      'InvalidParameterCombination',
      'Rules of egress are given as IP permissions only.',
    );
  });

  it('adds all or none', async () => {
    await authorize(ssh);
    const https = { ...ssh, FromPort: 443, ToPort: 443 };
    await refusesEc2(
      authorize(https, ssh),
      'InvalidPermission.Duplicate',
      'the specified rule "peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW" already exists',
    );
    assert.equal((await group())?.IpPermissions?.length, 1);
  });

  it('refuses groups of other VPCs and what does not exist', async () => {
    const other = await otherVpc();
    await refusesEc2(
      authorize({ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: other }] }),
      'InvalidGroup.NotFound',
      'You have specified two resources that belong to different networks.',
    );
    const none = 'sg-00000000000000009';
    await refusesEc2(
      authorize({ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: none }] }),
      'InvalidGroup.NotFound',
      `The security group '${none}' does not exist`,
    );
    await refusesEc2(
      authorize({ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-00000009' }] }),
      'InvalidPrefixListID.NotFound',
      "The prefix list ID 'pl-00000009' does not exist",
    );
    await refusesEc2(
      authorize({ ...ssh, IpRanges: [{ CidrIp: '10.0.0.0' }] }),
      'InvalidParameterValue',
      'CIDR block 10.0.0.0 is malformed',
    );
    await refusesEc2(authorize(), 'MissingParameter', 'The request must contain the parameter ipPermissions');
  });

  it('keeps every rule when many are added at once', async () => {
    const ports = Array.from({ length: 12 }, (_, index) => 8000 + index);
    await Promise.all(ports.map((port) => authorize({ ...ssh, FromPort: port, ToPort: port })));
    assert.equal((await group())?.IpPermissions?.length, 12);
  });

  it('stops at 60 rules', async () => {
    const ports = Array.from({ length: 61 }, (_, index) => ({
      ...ssh,
      FromPort: index + 1,
      ToPort: index + 1,
    }));
    await refusesEc2(
      authorize(...ports),
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    );
    await authorize(...ports.slice(1));
  });
});

describe('RevokeSecurityGroupIngress and RevokeSecurityGroupEgress', () => {
  it('take rules away by what they say, whatever their description', async () => {
    await authorize({ ...ssh, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }] });
    const { RevokedSecurityGroupRules: revoked = [], UnknownIpPermissions } = await revoke(ssh);
    assert.deepEqual([revoked.length, revoked[0]?.CidrIpv4, UnknownIpPermissions], [1, '10.0.0.0/8', []]);
    assert.deepEqual((await group())?.IpPermissions, []);
  });

  it('take rules away by id, of their direction only', async () => {
    const { SecurityGroupRules: [rule] = [] } = await authorize(ssh);
    const SecurityGroupRuleIds = [rule?.SecurityGroupRuleId ?? ''];
    await refusesEc2(
      ec2.client.revokeSecurityGroupEgress({ GroupId, SecurityGroupRuleIds }),
      'InvalidSecurityGroupRuleId.NotFound',
      `The security group rule ID '${SecurityGroupRuleIds[0]}' does not exist`,
    );
    await ec2.client.revokeSecurityGroupIngress({ GroupId, SecurityGroupRuleIds });
    const [egress, ...more] = await rules();
    assert.deepEqual([egress?.IsEgress, more], [true, []]);
    await ec2.client.revokeSecurityGroupEgress({
      GroupId,
      SecurityGroupRuleIds: [egress?.SecurityGroupRuleId ?? ''],
    });
    assert.deepEqual(await rules(), []);
  });

  it('say what is unknown in a default VPC, and refuse it elsewhere', async () => {
    const { UnknownIpPermissions = [], Return } = await revoke(ssh);
    assert.deepEqual(
      [Return, UnknownIpPermissions[0]?.FromPort, UnknownIpPermissions[0]?.IpRanges],
      [true, 22, [{ CidrIp: '10.0.0.0/8' }]],
    );
    GroupId = await otherVpc();
    await refusesEc2(
      revoke(ssh),
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.',
    );
  });
});

describe('UpdateSecurityGroupRuleDescriptionsIngress', () => {
  it('gives rules other descriptions, by what they say and by id, and takes them away', async () => {
    const { SecurityGroupRules: [rule] = [] } = await authorize(ssh);
    const shown = async () => (await rules()).find(({ IsEgress }) => IsEgress === false)?.Description;
    await ec2.client.updateSecurityGroupRuleDescriptionsIngress({
      GroupId,
      IpPermissions: [{ ...ssh, IpRanges: [{ CidrIp: '10.0.0.0/8', Description: 'office' }] }],
    });
    assert.equal(await shown(), 'office');
    await ec2.client.updateSecurityGroupRuleDescriptionsIngress({
      GroupId,
      SecurityGroupRuleDescriptions: [
        { SecurityGroupRuleId: rule?.SecurityGroupRuleId, Description: 'home' },
      ],
    });
    assert.equal(await shown(), 'home');
    await ec2.client.updateSecurityGroupRuleDescriptionsIngress({ GroupId, IpPermissions: [ssh] });
    assert.equal(await shown(), undefined);
    await refusesEc2(
      ec2.client.updateSecurityGroupRuleDescriptionsEgress({ GroupId, IpPermissions: [ssh] }),
      'InvalidPermission.NotFound',
      'The specified rule does not exist in this security group.',
    );
  });
});

describe('ModifySecurityGroupRules', () => {
  const modify = (SecurityGroupRuleId: string, SecurityGroupRule: object) =>
    ec2.client.modifySecurityGroupRules({
      GroupId,
      SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }],
    });

  it('changes what a rule says, and keeps its id and tags', async () => {
    const { SecurityGroupRules: [rule] = [] } = await ec2.client.authorizeSecurityGroupIngress({
      GroupId,
      IpPermissions: [ssh],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    const id = rule?.SecurityGroupRuleId ?? '';
    await modify(id, {
      ...{ IpProtocol: 'udp', FromPort: 53, ToPort: 53 },
      ...{ CidrIpv4: '0.0.0.0/0', Description: 'dns' },
    });
    const changed = (await rules()).find(({ SecurityGroupRuleId }) => SecurityGroupRuleId === id);
    assert.deepEqual(
      [changed?.IpProtocol, changed?.FromPort, changed?.CidrIpv4, changed?.Description, changed?.Tags],
      ['udp', 53, '0.0.0.0/0', 'dns', [{ Key: 'a', Value: 'b' }]],
    );
  });

  it('refuses a peer of another kind, and what is there already', async () => {
    const { SecurityGroupRules: made = [] } = await authorize(ssh, { ...ssh, FromPort: 23, ToPort: 23 });
    const id = made[0]?.SecurityGroupRuleId ?? '';
    const tcp = { IpProtocol: 'tcp', FromPort: 23, ToPort: 23 };
    await refusesEc2(
      modify(id, { ...tcp, CidrIpv6: '::/0' }),
      'InvalidParameterValue',
      `Invalid rule type for security group rule '${id}'. You may not specify CidrIpv6 for an existing IPv4 CIDR rule.`,
    );
    await refusesEc2(
      modify(id, { ...tcp, CidrIpv4: '10.0.0.0/8' }),
      'InvalidPermission.Duplicate',
      /already exists$/,
    );
  });
});

describe('The record of a group', () => {
  it('holds what pictures need', async () => {
    await authorize({ IpProtocol: 'ICMP', FromPort: 8, ToPort: -1, UserIdGroupPairs: [{ GroupId }] });
    const entry = await ec2.store.get<SecurityGroupRecord>(keys.ec2(EC2_SCOPE, 'security-group', GroupId));
    const { ruleId: _, ...rule } = entry?.value.rules[1] ?? {};
    assert.deepEqual(rule, {
      ...{ isEgress: false, ipProtocol: 'icmp', fromPort: 8, toPort: -1, tags: {} },
      peer: { type: 'group', groupId: GroupId, account: '000000000000' },
    });
  });
});
