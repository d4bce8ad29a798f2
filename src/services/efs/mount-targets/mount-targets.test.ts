import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { CreateMountTargetRequest, MountTargetDescription } from '@aws-sdk/client-efs';
import { Ec2UnderTest, refusesEc2 } from '../../../../test/support/ec2/ec2-under-test.ts';
import { EfsUnderTest, refusesEfs } from '../../../../test/support/efs/efs-under-test.ts';
import type { SubnetRecord, VpcRecord } from '../../../domain/network/records.ts';

const NOWHERE = 'fsmt-0123456789abcdef0';

describe('mount targets of EFS', () => {
  let ec2: Ec2UnderTest;
  let efs: EfsUnderTest;
  let fileSystem: string;
  let vpc: VpcRecord;
  /** In the zones a, b and c. */
  let subnets: readonly SubnetRecord[];

  beforeEach(async () => {
    ec2 = new Ec2UnderTest();
    efs = new EfsUnderTest(ec2);
    fileSystem = await efs.fileSystem();
    await ec2.client.describeVpcs({});
    vpc = (await ec2.all('vpc'))[0] ?? assert.fail();
    const all = await ec2.all('subnet');
    subnets = all.toSorted((one, other) => one.availabilityZone.localeCompare(other.availabilityZone));
  });

  const subnetId = (index: number): string => subnets[index]?.subnetId ?? assert.fail();
  const create = (over: Partial<CreateMountTargetRequest> = {}): Promise<MountTargetDescription> =>
    efs.client.createMountTarget({ FileSystemId: fileSystem, SubnetId: subnetId(0), ...over });
  const made = async (over: Partial<CreateMountTargetRequest> = {}): Promise<string> =>
    (await create(over)).MountTargetId ?? assert.fail();
  const list = async (question: object): Promise<readonly MountTargetDescription[]> =>
    (await efs.client.describeMountTargets(question)).MountTargets ?? [];
  const group = async (name: string, VpcId = vpc.vpcId): Promise<string> => {
    const { GroupId = '' } = await ec2.client.createSecurityGroup({
      GroupName: name,
      Description: name,
      VpcId,
    });
    return GroupId;
  };
  const otherVpcsSubnet = async (): Promise<{ vpcId: string; subnetId: string }> => {
    const { Vpc } = await ec2.client.createVpc({ CidrBlock: '10.9.0.0/16' });
    const place = { VpcId: Vpc?.VpcId ?? '', AvailabilityZone: 'eu-west-1b' };
    const { Subnet } = await ec2.client.createSubnet({ ...place, CidrBlock: '10.9.0.0/28' });
    return { vpcId: place.VpcId, subnetId: Subnet?.SubnetId ?? '' };
  };

  it('are being made first, and are there when they are looked at', async () => {
    const { $metadata, ...target } = await efs.client.createMountTarget({
      ...{ FileSystemId: fileSystem, SubnetId: subnetId(0) },
    });
    assert.equal($metadata.httpStatusCode, 200);
    assert.match(target.MountTargetId ?? '', /^fsmt-0[0-9a-f]{16}$/);
    assert.deepEqual(target, {
      ...{ OwnerId: '000000000000', FileSystemId: fileSystem, LifeCycleState: 'creating' },
      ...{ MountTargetId: target.MountTargetId, NetworkInterfaceId: target.NetworkInterfaceId },
      ...{ SubnetId: subnetId(0), VpcId: vpc.vpcId, IpAddress: '172.31.0.4' },
      ...{ AvailabilityZoneName: 'eu-west-1a', AvailabilityZoneId: 'euw1-az1' },
    });
    const shown = [{ ...target, LifeCycleState: 'available' }];
    assert.deepEqual(await list({ FileSystemId: fileSystem }), shown);
    assert.deepEqual(await list({ MountTargetId: target.MountTargetId }), shown);
    const { AccessPointId } = await efs.client.createAccessPoint({ FileSystemId: fileSystem });
    assert.deepEqual(await list({ AccessPointId }), shown);
    const { FileSystems } = await efs.client.describeFileSystems({ FileSystemId: fileSystem });
    assert.equal(FileSystems?.[0]?.NumberOfMountTargets, 1);
  });

  it('have an interface that EC2 shows as of EFS', async () => {
    const { MountTargetId, NetworkInterfaceId = '' } = await create({ IpAddress: '172.31.0.50' });
    const { NetworkInterfaces = [] } = await ec2.client.describeNetworkInterfaces({
      NetworkInterfaceIds: [NetworkInterfaceId],
    });
    const [eni] = NetworkInterfaces;
    assert.deepEqual(
      [eni?.Description, eni?.InterfaceType, eni?.RequesterManaged, eni?.Status, eni?.PrivateIpAddress],
      [`EFS mount target for ${fileSystem} (${MountTargetId})`, 'efs', true, 'in-use', '172.31.0.50'],
    );
    assert.deepEqual(eni?.Groups, [{ GroupId: vpc.defaultSecurityGroupId, GroupName: 'default' }]);
    const { interfaces } = await ec2.picture(vpc.vpcId);
    assert.deepEqual(
      interfaces.map(({ eniId, purpose }) => [eniId, purpose]),
      [[NetworkInterfaceId, 'mount-target']],
    );
  });

  it('are one in a zone, and all of a file system in one VPC', async () => {
    await create();
    await refusesEfs(create(), 'MountTargetConflict', 'mount target already exists in this AZ', 409);
    await create({ SubnetId: subnetId(1) });
    const other = await otherVpcsSubnet();
    await refusesEfs(
      create({ SubnetId: other.subnetId }),
      'MountTargetConflict',
      'requested subnet for new mount target is not in the same VPC as existing mount targets',
      409,
    );
    const another = await efs.fileSystem('another');
    await create({ FileSystemId: another, SubnetId: other.subnetId });
    assert.equal((await list({ FileSystemId: fileSystem })).length, 2);
  });

  it('of which two are asked for at once in a zone come to be one', async () => {
    const outcomes = await Promise.allSettled([create(), create(), create()]);
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await ec2.all('eni')).length, 1);
  });

  it('of a One Zone file system are in its zone', async () => {
    const { FileSystemId = '' } = await efs.client.createFileSystem({
      ...{ CreationToken: 'one zone', AvailabilityZoneName: 'eu-west-1b' },
    });
    await refusesEfs(create({ FileSystemId }), 'AvailabilityZonesMismatch', /eu-west-1a.*eu-west-1b/);
    await create({ FileSystemId, SubnetId: subnetId(1) });
  });

  it('need a file system, a subnet and groups that there are', async () => {
    const missing = { FileSystemId: 'fs-0123456789abcdef0', SubnetId: 'subnet-0123456789abcdef0' };
    await refusesEfs(
      create({ FileSystemId: missing.FileSystemId }),
      'FileSystemNotFound',
      `File system '${missing.FileSystemId}' does not exist.`,
      404,
    );
    await refusesEfs(
      create({ SubnetId: missing.SubnetId }),
      'SubnetNotFound',
      `The subnet ID '${missing.SubnetId}' does not exist`,
    );
    const groupId = 'sg-0123456789abcdef0';
    await refusesEfs(
      create({ SecurityGroups: [groupId] }),
      'SecurityGroupNotFound',
      `The security group '${groupId}' does not exist`,
    );
    const { vpcId } = await otherVpcsSubnet();
    await refusesEfs(
      create({ SecurityGroups: [await group('theirs', vpcId)] }),
      'SecurityGroupNotFound',
      'You have specified two resources that belong to different networks.',
    );
    assert.deepEqual(await ec2.all('eni'), []);
  });

  it('get no address that is taken, or not of the subnet', async () => {
    await create({ IpAddress: '172.31.0.50' });
    const another = { FileSystemId: await efs.fileSystem('another') };
    await refusesEfs(
      create({ ...another, IpAddress: '172.31.0.50' }),
      'IpAddressInUse',
      'Address is in use.',
      409,
    );
    await refusesEfs(create({ ...another, IpAddress: '10.0.0.1' }), 'BadRequest', /subnet's address range$/);
    const full = await otherVpcsSubnet();
    for (let count = 0; count < 11; count += 1) {
      await create({ FileSystemId: await efs.fileSystem(`fs ${count}`), SubnetId: full.subnetId });
    }
    await refusesEfs(
      create({ ...another, SubnetId: full.subnetId }),
      'NoFreeAddressesInSubnet',
      /does not have enough free addresses/,
      409,
    );
  });

  it('refuse requests that AWS refuses, and IPv6', async () => {
    for (const [over, code, message] of [
      [{ SubnetId: 'subnet' }, 'ValidationException', /'subnetId'/],
      [{ IpAddress: '172.31' }, 'ValidationException', /'ipAddress'/],
      [{ IpAddress: 'a.b.c.d.e' }, 'ValidationException', /'ipAddress'/],
      [{ SecurityGroups: ['group'] }, 'ValidationException', /'securityGroups.1.member'/],
      [{ IpAddressType: 'IPV5' as never }, 'ValidationException', /'ipAddressType'/],
      [{ IpAddressType: 'DUAL_STACK' }, 'BadRequest', /IPv6/],
      [{ Ipv6Address: 'fd00::1' }, 'BadRequest', /IPv6/],
    ] as const) {
      await refusesEfs(create(over as Partial<CreateMountTargetRequest>), code, message);
    }
  });

  it('have groups that can be exchanged', async () => {
    const groups = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => group(name)));
    const five = groups.slice(0, 5);
    await refusesEfs(
      create({ SecurityGroups: groups }),
      'SecurityGroupLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
    const MountTargetId = await made({ SecurityGroups: five });
    const shown = async () =>
      (await efs.client.describeMountTargetSecurityGroups({ MountTargetId })).SecurityGroups;
    assert.deepEqual(await shown(), five);
    const modify = (SecurityGroups?: string[]) =>
      efs.client.modifyMountTargetSecurityGroups({ MountTargetId, SecurityGroups });
    assert.equal((await modify(groups.slice(5))).$metadata.httpStatusCode, 204);
    assert.deepEqual(await shown(), groups.slice(5));
    assert.deepEqual((await ec2.picture(vpc.vpcId)).interfaces[0]?.securityGroups, groups.slice(5));
    await refusesEfs(modify(groups), 'SecurityGroupLimitExceeded', /maximum number/);
    await modify();
    assert.deepEqual(await shown(), [vpc.defaultSecurityGroupId]);
  });

  it('hold their file system, subnet, groups and VPC', async () => {
    const GroupId = await group('nfs');
    const MountTargetId = await made({ SecurityGroups: [GroupId] });
    await refusesEfs(
      efs.client.deleteFileSystem({ FileSystemId: fileSystem }),
      'FileSystemInUse',
      /mount targets/,
      409,
    );
    const [eni] = await ec2.all('eni');
    for (const [call, code] of [
      [() => ec2.client.deleteSubnet({ SubnetId: subnetId(0) }), 'DependencyViolation'],
      [() => ec2.client.deleteSecurityGroup({ GroupId }), 'DependencyViolation'],
      [() => ec2.client.deleteVpc({ VpcId: vpc.vpcId }), 'DependencyViolation'],
      [() => ec2.client.deleteNetworkInterface({ NetworkInterfaceId: eni?.eniId }), 'InvalidParameterValue'],
    ] as const) {
      await refusesEc2(call(), code, /./);
    }
    const { $metadata } = await efs.client.deleteMountTarget({ MountTargetId });
    assert.equal($metadata.httpStatusCode, 204);
    assert.deepEqual(await list({ FileSystemId: fileSystem }), []);
    assert.deepEqual(await ec2.all('eni'), []);
    await ec2.client.deleteSecurityGroup({ GroupId });
    await ec2.client.deleteSubnet({ SubnetId: subnetId(0) });
    await efs.client.deleteFileSystem({ FileSystemId: fileSystem });
  });

  it('are listed for one thing at a time, by pages', async () => {
    const ids = [await made(), await made({ SubnetId: subnetId(1) }), await made({ SubnetId: subnetId(2) })];
    const question = { FileSystemId: fileSystem, MaxItems: 2 };
    const first = await efs.client.describeMountTargets(question);
    const rest = await efs.client.describeMountTargets({ ...question, Marker: first.NextMarker });
    assert.equal(rest.NextMarker, undefined);
    const both = [...(first.MountTargets ?? []), ...(rest.MountTargets ?? [])];
    assert.deepEqual(
      both.map(({ MountTargetId }) => MountTargetId),
      ids.toSorted(),
    );
    const message = 'Must specify exactly one mutually exclusive parameter.';
    for (const each of [{}, { FileSystemId: fileSystem, MountTargetId: ids[0] }]) {
      await refusesEfs(list(each), 'BadRequest', message);
    }
  });

  it('that are not there are told by their id', async () => {
    const message = `Mount target '${NOWHERE}' does not exist.`;
    const MountTargetId = NOWHERE;
    const { client } = efs;
    for (const call of [
      () => client.describeMountTargets({ MountTargetId }),
      () => client.deleteMountTarget({ MountTargetId }),
      () => client.describeMountTargetSecurityGroups({ MountTargetId }),
      () => client.modifyMountTargetSecurityGroups({ MountTargetId }),
    ]) {
      await refusesEfs(call(), 'MountTargetNotFound', message, 404);
    }
    await refusesEfs(
      client.deleteMountTarget({ MountTargetId: 'x' }),
      'ValidationException',
      /mountTargetId/,
    );
  });

  it('of another account, or region, are not seen', async () => {
    const MountTargetId = await made();
    const stranger = efs.clientOf({ account: '111111111111', region: 'eu-west-1' });
    await refusesEfs(stranger.describeMountTargets({ MountTargetId }), 'MountTargetNotFound', /./, 404);
    await refusesEfs(stranger.deleteMountTarget({ MountTargetId }), 'MountTargetNotFound', /./, 404);
  });
});
