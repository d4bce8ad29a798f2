import assert from 'node:assert/strict';
import { mkdir, readdir, stat, watch, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';

/** What people do with EFS, from its first file system to the last one's end. */
const BOTO3 = `
import os, json, time, uuid, boto3
from botocore.exceptions import ClientError
efs = boto3.client('efs', endpoint_url=os.environ['ENDPOINT'])
out = {}

def refused(call, **arguments):
    try:
        call(**arguments)
        return None
    except ClientError as e:
        return [e.response['Error']['Code'], e.response['Error']['Message'], e.response['ResponseMetadata']['HTTPStatusCode']]

fs = efs.create_file_system(CreationToken='script', PerformanceMode='generalPurpose', Encrypted=True,
    ThroughputMode='elastic', Tags=[{'Key': 'Name', 'Value': 'script'}])
out['created'] = [fs['ResponseMetadata']['HTTPStatusCode'], fs['LifeCycleState'], fs['Name']]
fsid = fs['FileSystemId']; out['fs'] = fsid
while efs.describe_file_systems(FileSystemId=fsid)['FileSystems'][0]['LifeCycleState'] != 'available':
    time.sleep(0.5)
out['again'] = refused(efs.create_file_system, CreationToken='script')
try:
    efs.create_file_system(CreationToken='script')
except efs.exceptions.FileSystemAlreadyExists as e:
    out['existing'] = e.response['FileSystemId']
ec2 = boto3.client('ec2', endpoint_url=os.environ['ENDPOINT'])
vpc = ec2.describe_vpcs(Filters=[{'Name': 'is-default', 'Values': ['true']}])['Vpcs'][0]['VpcId']
subnets = sorted(ec2.describe_subnets(Filters=[{'Name': 'vpc-id', 'Values': [vpc]}])['Subnets'], key=lambda s: s['AvailabilityZone'])
group = ec2.create_security_group(GroupName='nfs', Description='nfs', VpcId=vpc)['GroupId']
targets = [efs.create_mount_target(FileSystemId=fsid, SubnetId=s['SubnetId'], SecurityGroups=[group]) for s in subnets[:2]]
while any(t['LifeCycleState'] != 'available' for t in efs.describe_mount_targets(FileSystemId=fsid)['MountTargets']):
    time.sleep(0.5)
out['zones'] = sorted(t['AvailabilityZoneName'] for t in efs.describe_mount_targets(FileSystemId=fsid)['MountTargets'])
out['conflict'] = refused(efs.create_mount_target, FileSystemId=fsid, SubnetId=subnets[0]['SubnetId'])[0]
out['targets'] = efs.describe_file_systems(FileSystemId=fsid)['FileSystems'][0]['NumberOfMountTargets']
out['groups'] = efs.describe_mount_target_security_groups(MountTargetId=targets[0]['MountTargetId'])['SecurityGroups'] == [group]
ap = efs.create_access_point(FileSystemId=fsid, ClientToken=str(uuid.uuid4()), PosixUser={'Uid': 1000, 'Gid': 1000},
    RootDirectory={'Path': '/app', 'CreationInfo': {'OwnerUid': 1000, 'OwnerGid': 1000, 'Permissions': '755'}})
for _ in range(3):
    efs.create_access_point(FileSystemId=fsid)
found, token = [], None
while True:
    page = efs.describe_access_points(FileSystemId=fsid, MaxResults=3, **({'NextToken': token} if token else {}))
    found += page['AccessPoints']; token = page.get('NextToken')
    if not token: break
out['points'] = len(found)
out['root'] = efs.describe_access_points(AccessPointId=ap['AccessPointId'])['AccessPoints'][0]['RootDirectory']
efs.tag_resource(ResourceId=fs['FileSystemArn'], Tags=[{'Key': 'team/a b', 'Value': 'x=y @z'}])
efs.untag_resource(ResourceId=fsid, TagKeys=['Name', 'missing'])
out['tags'] = [t for p in efs.get_paginator('describe_tags').paginate(FileSystemId=fsid) for t in p['Tags']]
policy = json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'AWS': '*'},
    'Action': ['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite']}]})
efs.put_file_system_policy(FileSystemId=fsid, Policy=policy)
out['policy'] = efs.describe_file_system_policy(FileSystemId=fsid)['Policy'] == policy
efs.delete_file_system_policy(FileSystemId=fsid)
out['nopolicy'] = refused(efs.describe_file_system_policy, FileSystemId=fsid)
efs.put_lifecycle_configuration(FileSystemId=fsid, LifecyclePolicies=[{'TransitionToIA': 'AFTER_30_DAYS'}])
out['lifecycle'] = efs.describe_lifecycle_configuration(FileSystemId=fsid)['LifecyclePolicies']
efs.put_backup_policy(FileSystemId=fsid, BackupPolicy={'Status': 'ENABLED'})
out['backup'] = efs.describe_backup_policy(FileSystemId=fsid)['BackupPolicy']['Status']
out['updated'] = efs.update_file_system(FileSystemId=fsid, ThroughputMode='bursting')['ThroughputMode']
for point in found:
    efs.delete_access_point(AccessPointId=point['AccessPointId'])
out['inuse'] = refused(efs.delete_file_system, FileSystemId=fsid)
for t in targets:
    efs.delete_mount_target(MountTargetId=t['MountTargetId'])
while efs.describe_mount_targets(FileSystemId=fsid)['MountTargets']:
    time.sleep(0.5)
ec2.delete_security_group(GroupId=group)
out['deleted'] = efs.delete_file_system(FileSystemId=fsid)['ResponseMetadata']['HTTPStatusCode']
out['gone'] = refused(efs.describe_file_systems, FileSystemId=fsid)
out['malformed'] = refused(efs.delete_file_system, FileSystemId='fake-id')
strangers = boto3.client('efs', endpoint_url=os.environ['ENDPOINT'], aws_access_key_id='AKIAIOSFODNN7EXAMPLE', aws_secret_access_key='x')
out['stranger'] = refused(strangers.describe_file_systems)
print(json.dumps(out))
`;

const skip = (await toolsMissing()) ?? false;

describe("EFS with Debian's tools of AWS", { skip }, () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake'] });
  });
  after(() => neargate?.close());

  /** Waits until there are no files of file systems. */
  async function emptied(): Promise<void> {
    const root = join(neargate.dataDir, 'efs');
    const ended = new AbortController();
    const changes = watch(root, { signal: ended.signal })[Symbol.asyncIterator]();
    // From here on it is watched; an iteration that nobody waits for any more ends with an error.
    let change = changes.next();
    while ((await readdir(root)).length > 0) {
      await change;
      change = changes.next();
    }
    change.catch(() => undefined);
    ended.abort();
  }

  it('boto3: the usual script', async () => {
    const out = JSON.parse(await python(neargate, BOTO3, {})) as Record<string, unknown>;
    const { fs, ...rest } = out;
    assert.ok(typeof fs === 'string');
    assert.deepEqual(rest, {
      created: [201, 'available', 'script'],
      again: [
        'FileSystemAlreadyExists',
        `File system '${fs}' already exists with creation token 'script'`,
        409,
      ],
      existing: fs,
      zones: ['us-east-1a', 'us-east-1b'],
      conflict: 'MountTargetConflict',
      targets: 2,
      groups: true,
      inuse: [
        'FileSystemInUse',
        `The file system '${fs}' cannot be deleted because it has mount targets. You must delete the mount targets, and then try again.`,
        409,
      ],
      points: 4,
      root: { Path: '/app', CreationInfo: { OwnerUid: 1000, OwnerGid: 1000, Permissions: '755' } },
      tags: [{ Key: 'team/a b', Value: 'x=y @z' }],
      policy: true,
      nopolicy: ['PolicyNotFound', `File system '${fs}' has no policy.`, 404],
      lifecycle: [{ TransitionToIA: 'AFTER_30_DAYS' }],
      backup: 'ENABLED',
      updated: 'bursting',
      deleted: 204,
      gone: ['FileSystemNotFound', `File system '${fs}' does not exist.`, 404],
      malformed: [
        'ValidationException',
        "1 validation error detected: Value 'fake-id' at 'fileSystemId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^(arn:aws[-a-z]*:elasticfilesystem:[0-9a-z-:]+:file-system/fs-[0-9a-f]{8,40}|fs-[0-9a-f]{8,40})$",
        400,
      ],
      stranger: [
        'UnrecognizedClientException',
        'The security token included in the request is invalid.',
        403,
      ],
    });
    await emptied();
  });

  it('aws efs: a file system with its files, over a restart', async () => {
    const made = await aws(neargate, 'efs', 'create-file-system', '--creation-token', 'cli', '--backup');
    const { FileSystemId: id, FileSystemArn: arn } = made as { FileSystemId: string; FileSystemArn: string };
    const directory = join(neargate.dataDir, 'efs', id);
    const { mode } = await stat(directory);
    assert.equal(mode & 0o7777, 0o755);
    assert.equal((await stat(join(neargate.dataDir, 'efs'))).mode & 0o7777, 0o700);
    await mkdir(join(directory, 'deep/er'), { recursive: true });
    await writeFile(join(directory, 'deep/er/file'), 'x'.repeat(10_000));
    const point = (await aws(neargate, 'efs', 'create-access-point', '--file-system-id', arn,
      '--posix-user', 'Uid=1000,Gid=1000', '--root-directory',
      'Path=/app,CreationInfo={OwnerUid=1000,OwnerGid=1000,Permissions=0750}', '--tags', 'Key=Name,Value=app')) as { AccessPointId: string; Name: string }; // biome-ignore format: one call
    assert.equal(point.Name, 'app');
    await neargate.killControlPlane();
    await neargate.startAgain();
    const described = (await aws(neargate, 'efs', 'describe-file-systems')) as {
      FileSystems: { FileSystemId: string; SizeInBytes: { Value: number } }[];
    };
    assert.deepEqual(
      described.FileSystems.map(({ FileSystemId }) => FileSystemId),
      [id],
    );
    // Three directories of 4 KiB and a file of 12 KiB.
    assert.equal(described.FileSystems[0]?.SizeInBytes.Value, 24_576);
    assert.deepEqual(await aws(neargate, 'efs', 'list-tags-for-resource', '--resource-id', arn), {
      Tags: [{ Key: 'aws:elasticfilesystem:default-backup', Value: 'enabled' }],
    });
    await aws(neargate, 'efs', 'delete-access-point', '--access-point-id', point.AccessPointId);
    assert.equal(await aws(neargate, 'efs', 'delete-file-system', '--file-system-id', id), undefined);
    await emptied();
    await assert.rejects(aws(neargate, 'efs', 'describe-file-systems', '--file-system-id', id), {
      stderr: `\nAn error occurred (FileSystemNotFound) when calling the DescribeFileSystems operation: File system '${id}' does not exist.\n`,
    });
  });
});
