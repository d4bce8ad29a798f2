import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';

let ec2: Ec2UnderTest;
let vpcId: string;
beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.0.0.0/16' });
  vpcId = Vpc?.VpcId ?? assert.fail('no VPC');
});

const tag = (Key: string, Value: string) => ({ Key, Value });
const shown = async (...Filters: { Name: string; Values: string[] }[]) =>
  ((await ec2.client.describeTags({ Filters })).Tags ?? []).map(
    ({ ResourceType, Key, Value }) => `${ResourceType} ${Key}=${Value}`,
  );

describe('Tags', () => {
  it('are given to resources of all kinds at once, and to rules', async () => {
    const { client } = ec2;
    const { Subnet } = await client.createSubnet({ VpcId: vpcId, CidrBlock: '10.0.0.0/24' });
    const { RouteTable } = await client.createRouteTable({ VpcId: vpcId });
    const { InternetGateway } = await client.createInternetGateway({});
    const { GroupId } = await client.createSecurityGroup({ VpcId: vpcId, GroupName: 'g', Description: 'd' });
    const { SecurityGroupRules: [rule] = [] } = await client.describeSecurityGroupRules({
      Filters: [{ Name: 'group-id', Values: [GroupId ?? ''] }],
    });
    const Resources = [
      vpcId,
      Subnet?.SubnetId ?? '',
      RouteTable?.RouteTableId ?? '',
      InternetGateway?.InternetGatewayId ?? '',
      GroupId ?? '',
      rule?.SecurityGroupRuleId ?? '',
    ];
    await client.createTags({ Resources, Tags: [tag('team', 'blue')] });
    await client.createTags({ Resources: [vpcId], Tags: [tag('team', 'red'), tag('Name', 'shop')] });
    assert.deepEqual((await shown({ Name: 'key', Values: ['team'] })).sort(), [
      'internet-gateway team=blue',
      'route-table team=blue',
      'security-group team=blue',
      'security-group-rule team=blue',
      'subnet team=blue',
      'vpc team=red',
    ]);
    const { SecurityGroupRules: [tagged] = [] } = await client.describeSecurityGroupRules({
      Filters: [{ Name: 'tag:team', Values: ['blue'] }],
    });
    assert.equal(tagged?.SecurityGroupRuleId, rule?.SecurityGroupRuleId);
  });

  it('are found by key, value, type and resource', async () => {
    await ec2.client.createTags({ Resources: [vpcId], Tags: [tag('a', '1'), tag('b', '2')] });
    assert.deepEqual(await shown({ Name: 'resource-id', Values: [vpcId] }), ['vpc a=1', 'vpc b=2']);
    assert.deepEqual(await shown({ Name: 'value', Values: ['2'] }), ['vpc b=2']);
    assert.deepEqual(await shown({ Name: 'tag:a', Values: ['*'] }), ['vpc a=1']);
    assert.deepEqual(await shown({ Name: 'resource-type', Values: ['subnet'] }), []);
  });

  it('go by key, by key and value, or all together', async () => {
    const Resources = [vpcId];
    const left = () => shown({ Name: 'resource-id', Values: [vpcId] });
    await ec2.client.createTags({ Resources, Tags: [tag('a', '1'), tag('b', '2'), tag('c', '3')] });
    await ec2.client.deleteTags({ Resources, Tags: [{ Key: 'a' }, tag('b', 'other'), { Key: 'none' }] });
    assert.deepEqual(await left(), ['vpc b=2', 'vpc c=3']);
    await ec2.client.deleteTags({ Resources, Tags: [tag('b', '2')] });
    assert.deepEqual(await left(), ['vpc c=3']);
    await ec2.client.deleteTags({ Resources });
    assert.deepEqual(await left(), []);
  });

  it('come in pages', async () => {
    const Tags = Array.from({ length: 12 }, (_, n) => tag(`key-${n + 10}`, 'x'));
    await ec2.client.createTags({ Resources: [vpcId], Tags });
    const seen: (string | undefined)[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.client.describeTags({ MaxResults: 5, NextToken });
      seen.push(...(page.Tags ?? []).map(({ Key }) => Key));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    assert.deepEqual(
      seen,
      Tags.map(({ Key }) => Key),
    );
  });

  it('are given to all of the resources or to none', async () => {
    const gone = 'subnet-0123456789abcdef0';
    await refusesEc2(
      ec2.client.createTags({ Resources: [vpcId, gone], Tags: [tag('a', '1')] }),
      'InvalidSubnetID.NotFound',
      `The subnet ID '${gone}' does not exist`,
    );
    assert.deepEqual(await shown(), []);
  });

  it('refuse what is no id, keys of AWS, and more than fifty', async () => {
    const create = (Resources: string[], ...Tags: { Key: string; Value: string }[]) =>
      ec2.client.createTags({ Resources, Tags });
    await refusesEc2(create(['i-me'], tag('a', '1')), 'InvalidID', "The ID 'i-me' is not valid");
    await refusesEc2(create([vpcId], tag('aws:a', '1')), 'InvalidParameterValue', /reserved/);
    const many = Array.from({ length: 51 }, (_, n) => tag(`k${n}`, ''));
    await refusesEc2(create([vpcId], ...many), 'TagLimitExceeded', /50/);
  });
});
