import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import type { EniRecord, SubnetRecord } from '../../../domain/network/records.ts';

let ec2: Ec2UnderTest;
let subnet: SubnetRecord;
let groupId: string;

beforeEach(async () => {
  ec2 = new Ec2UnderTest();
  await ec2.client.describeVpcs({});
  const [vpc] = await ec2.all('vpc');
  groupId = vpc?.defaultSecurityGroupId ?? '';
  subnet =
    (await ec2.all('subnet')).find(({ availabilityZone }) => availabilityZone === 'eu-west-1a') ??
    assert.fail();
});

const ENI = 'eni-00000000000000001';

/** An interface of a task, as placement writes one. */
async function putTaskEni(over: Partial<EniRecord> = {}): Promise<EniRecord> {
  const { subnetId, vpcId, availabilityZone } = subnet;
  const eni: EniRecord = {
    ...{ eniId: ENI, subnetId, vpcId, availabilityZone, macAddress: '0a:00:00:00:00:01' },
    ...{ privateIpv4Address: '172.31.0.9', privateDnsName: 'ip-172-31-0-9.eu-west-1.compute.internal' },
    ...{ securityGroups: [groupId], description: 'of a task', createdAt: ec2.clock.now() },
    ...{ publicIpv4Address: '198.19.0.5', tags: { 'aws:ecs:clusterName': 'default' } },
    owner: { type: 'task', taskArn: 'arn', attachmentId: 'a', machineId: 'm' },
    ...over,
  };
  await ec2.put('eni', eni.eniId, eni);
  return eni;
}

async function endpoint(): Promise<EniRecord> {
  await ec2.client.createVpcEndpoint({
    ...{ VpcId: subnet.vpcId, VpcEndpointType: 'Interface', ServiceName: 'com.amazonaws.eu-west-1.logs' },
    SubnetIds: [subnet.subnetId],
  });
  const found = (await ec2.all('eni')).find(({ owner }) => owner.type === 'endpoint');
  return found ?? assert.fail('the endpoint has an interface');
}

const enis = async (input = {}) =>
  (await ec2.client.describeNetworkInterfaces(input)).NetworkInterfaces ?? [];

describe('DescribeNetworkInterfaces', () => {
  it('shows a task’s interface with its addresses, names and groups', async () => {
    await putTaskEni();
    const [{ Attachment, PrivateIpAddresses: _, ...eni } = {}] = await enis({ NetworkInterfaceIds: [ENI] });
    assert.deepEqual(eni, {
      ...{ NetworkInterfaceId: ENI, InterfaceType: 'interface', Status: 'in-use', Description: 'of a task' },
      ...{
        OwnerId: '000000000000',
        RequesterId: 'amazon-ecs',
        RequesterManaged: true,
        SourceDestCheck: true,
      },
      ...{ VpcId: subnet.vpcId, SubnetId: subnet.subnetId },
      ...{ AvailabilityZone: 'eu-west-1a', AvailabilityZoneId: 'euw1-az1' },
      ...{ MacAddress: '0a:00:00:00:00:01', PrivateIpAddress: '172.31.0.9', Ipv6Addresses: [] },
      PrivateDnsName: 'ip-172-31-0-9.eu-west-1.compute.internal',
      Groups: [{ GroupId: groupId, GroupName: 'default' }],
      Association: {
        ...{ PublicIp: '198.19.0.5', IpOwnerId: 'amazon' },
        PublicDnsName: 'ec2-198-19-0-5.eu-west-1.compute.amazonaws.com',
      },
      TagSet: [{ Key: 'aws:ecs:clusterName', Value: 'default' }],
    });
    assert.deepEqual(
      [Attachment?.Status, Attachment?.DeviceIndex, Attachment?.AttachTime?.getTime()],
      ['attached', 1, ec2.clock.now()],
    );
  });

  it('gives no DNS names where the VPC has none', async () => {
    await putTaskEni();
    const [vpc] = await ec2.all('vpc');
    assert.ok(vpc);
    await ec2.put('vpc', vpc.vpcId, { ...vpc, enableDnsHostnames: false });
    const [eni] = await enis();
    assert.deepEqual([eni?.PrivateDnsName, eni?.Association?.PublicDnsName], [undefined, '']);
  });

  it('shows the elastic address of an interface', async () => {
    await putTaskEni();
    await ec2.put('elastic-ip', 'eipalloc-00000000000000001', {
      ...{ allocationId: 'eipalloc-00000000000000001', associationId: 'eipassoc-1', eniId: ENI },
      ...{ publicIpv4Address: '198.19.0.5', createdAt: 0, tags: {} },
    });
    const [eni] = await enis();
    assert.deepEqual(
      [eni?.Association?.AllocationId, eni?.Association?.AssociationId, eni?.Association?.IpOwnerId],
      ['eipalloc-00000000000000001', 'eipassoc-1', '000000000000'],
    );
  });

  it('knows filters', async () => {
    await putTaskEni();
    const { eniId } = await endpoint();
    const at = new Date(ec2.clock.now()).toISOString();
    for (const [name, value, expected] of [
      ['interface-type', 'vpc_endpoint', [eniId]],
      ['requester-id', 'amazon-ecs', [ENI]],
      ['requester-managed', 'true', [ENI, eniId]],
      ['private-ip-address', '172.31.0.9', [ENI]],
      ['addresses.private-ip-address', '172.31.0.9', [ENI]],
      ['association.public-ip', '198.19.0.*', [ENI]],
      ['attachment.attachment-id', 'ela-attach-00000000000000001', [ENI]],
      ['attachment.attach-time', at, [ENI, eniId]],
      ['group-id', groupId, [ENI, eniId]],
      ['group-name', 'default', [ENI, eniId]],
      ['availability-zone', 'eu-west-1b', []],
      ['subnet-id', subnet.subnetId, [ENI, eniId]],
      ['vpc-id', 'vpc-00000000000000009', []],
      ['status', 'in-use', [ENI, eniId]],
      ['description', 'VPC Endpoint Interface *', [eniId]],
      ['tag:aws:ecs:clusterName', 'default', [ENI]],
      ['mac-address', '0a:00:00:00:00:01', [ENI]],
      ['private-dns-name', 'ip-172-31-0-9.*', [ENI]],
    ] as const) {
      const found = await enis({ Filters: [{ Name: name, Values: [value] }] });
      assert.deepEqual(
        new Set(found.map(({ NetworkInterfaceId }) => NetworkInterfaceId)),
        new Set(expected),
        name,
      );
    }
    const Filters = [{ Name: 'colour', Values: ['red'] }];
    await refusesEc2(enis({ Filters }), 'InvalidParameterValue', "The filter 'colour' is invalid");
  });

  it('gives pages, and refuses ids with a page size', async () => {
    for (let at = 1; at <= 7; at += 1) await putTaskEni({ eniId: `eni-0000000000000000${at}` });
    const { NextToken, NetworkInterfaces = [] } = await ec2.client.describeNetworkInterfaces({
      MaxResults: 5,
    });
    assert.equal(NetworkInterfaces.length, 5);
    assert.equal((await enis({ MaxResults: 5, NextToken })).length, 2);
    await refusesEc2(
      enis({ NetworkInterfaceIds: [ENI], MaxResults: 5 }),
      'InvalidParameterCombination',
      'The parameter networkInterfaceIds cannot be used with the parameter maxResults',
    );
    await refusesEc2(
      enis({ NetworkInterfaceIds: ['eni-00000000000000009'] }),
      'InvalidNetworkInterfaceID.NotFound',
      "The networkInterface ID 'eni-00000000000000009' does not exist",
    );
  });
});

describe('DescribeNetworkInterfaceAttribute', () => {
  it('shows one attribute', async () => {
    await putTaskEni();
    const ask = async (Attribute: string) => {
      const { $metadata: _, ...rest } = await ec2.client.describeNetworkInterfaceAttribute({
        ...{ NetworkInterfaceId: ENI, Attribute: Attribute as 'description' },
      });
      return rest;
    };
    const NetworkInterfaceId = ENI;
    assert.deepEqual(await ask('description'), { NetworkInterfaceId, Description: { Value: 'of a task' } });
    assert.deepEqual(await ask('groupSet'), {
      ...{ NetworkInterfaceId, Groups: [{ GroupId: groupId, GroupName: 'default' }] },
    });
    assert.deepEqual(await ask('sourceDestCheck'), { NetworkInterfaceId, SourceDestCheck: { Value: true } });
    assert.equal((await ask('attachment')).Attachment?.Status, 'attached');
    assert.equal((await ask('associatePublicIpAddress')).AssociatePublicIpAddress, true);
    await refusesEc2(ask('colour'), 'InvalidParameterValue', /Unknown attribute/);
  });
});

describe('Interfaces of services', () => {
  it('are not changed, detached or deleted by their account', async () => {
    const task = await putTaskEni();
    for (const { eniId } of [task, await endpoint()]) {
      await refusesEc2(
        ec2.client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId: eniId, Groups: [groupId] }),
        'AuthFailure',
        'You do not have permission to access the specified resource.',
      );
      const [eni] = await enis({ NetworkInterfaceIds: [eniId] });
      await refusesEc2(
        ec2.client.detachNetworkInterface({ AttachmentId: eni?.Attachment?.AttachmentId, Force: true }),
        'OperationNotPermitted',
        "You are not allowed to manage 'ela-attach' attachments.",
      );
      await refusesEc2(
        ec2.client.deleteNetworkInterface({ NetworkInterfaceId: eniId }),
        'InvalidParameterValue',
        `Network interface '${eniId}' is currently in use.`,
      );
    }
    assert.equal((await enis()).length, 2);
  });

  it('are told apart from those that are not there, and from requests that say nothing', async () => {
    const NetworkInterfaceId = 'eni-00000000000000009';
    for (const call of [
      ec2.client.deleteNetworkInterface({ NetworkInterfaceId }),
      ec2.client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId, Groups: [groupId] }),
    ]) {
      await refusesEc2(call, 'InvalidNetworkInterfaceID.NotFound', /does not exist$/);
    }
    await refusesEc2(
      ec2.client.detachNetworkInterface({ AttachmentId: 'eni-attach-00000000000000009' }),
      'InvalidAttachmentID.NotFound',
      /does not exist$/,
    );
    await refusesEc2(
      ec2.client.modifyNetworkInterfaceAttribute({ NetworkInterfaceId }),
      'InvalidParameterCombination',
      'No attributes specified.',
    );
  });
});
