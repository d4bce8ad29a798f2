import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { CreateFileSystemRequest, ThroughputMode } from '@aws-sdk/client-efs';
import { EFS_SCOPE, EfsUnderTest, refusesEfs } from '../../../../test/support/efs/efs-under-test.ts';
import type { MountTargetRecord } from '../../../domain/efs/records.ts';
import { AppError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { filesNote } from './file-system-files.ts';

describe('file systems of EFS', () => {
  let efs: EfsUnderTest;
  beforeEach(() => {
    efs = new EfsUnderTest();
  });

  it('are shown as they were made', async () => {
    const made = await efs.client.createFileSystem({
      CreationToken: 'files',
      Encrypted: true,
      Tags: [{ Key: 'Name', Value: 'shared' }],
    });
    assert.equal(made.$metadata.httpStatusCode, 201);
    const id = made.FileSystemId ?? '';
    assert.match(id, /^fs-0[0-9a-f]{16}$/);
    assert.match(made.KmsKeyId ?? '', /^arn:aws:kms:eu-west-1:000000000000:key\/[0-9a-f-]{36}$/);
    const { $metadata: _, ...shown } = made;
    assert.deepEqual(shown, {
      OwnerId: '000000000000',
      CreationToken: 'files',
      FileSystemId: id,
      FileSystemArn: `arn:aws:elasticfilesystem:eu-west-1:000000000000:file-system/${id}`,
      CreationTime: new Date(efs.clock.now()),
      LifeCycleState: 'available',
      Name: 'shared',
      NumberOfMountTargets: 0,
      SizeInBytes: {
        Value: 4096,
        Timestamp: new Date(efs.clock.now()),
        ...{ ValueInIA: 0, ValueInStandard: 4096, ValueInArchive: 0 },
      },
      PerformanceMode: 'generalPurpose',
      Encrypted: true,
      KmsKeyId: made.KmsKeyId,
      ThroughputMode: 'bursting',
      Tags: [{ Key: 'Name', Value: 'shared' }],
      FileSystemProtection: { ReplicationOverwriteProtection: 'ENABLED' },
    });
    for (const input of [{}, { FileSystemId: id }, { CreationToken: 'files' }]) {
      assert.deepEqual((await efs.client.describeFileSystems(input)).FileSystems, [shown]);
    }
    assert.deepEqual(await efs.storage.list(), [id]);
  });

  it('are made once for a creation token', async () => {
    const id = await efs.fileSystem('once');
    const error = await refusesEfs(
      efs.client.createFileSystem({ CreationToken: 'once' }),
      'FileSystemAlreadyExists',
      `File system '${id}' already exists with creation token 'once'`,
      409,
    );
    assert.equal(error['FileSystemId'], id);
    assert.equal(error['ErrorCode'], 'FileSystemAlreadyExists');
  });

  it('go with their files, and leave their token', async () => {
    const id = await efs.fileSystem();
    const { $metadata: answer } = await efs.client.deleteFileSystem({ FileSystemId: id });
    assert.equal(answer.httpStatusCode, 204);
    await efs.files.settle();
    assert.deepEqual(await efs.storage.list(), []);
    await refusesEfs(
      efs.client.describeFileSystems({ FileSystemId: id }),
      'FileSystemNotFound',
      `File system '${id}' does not exist.`,
      404,
    );
    assert.notEqual(await efs.fileSystem(), id);
  });

  it('come in pages', async () => {
    const made = new Set<string>();
    for (let n = 0; n < 5; n += 1) made.add(await efs.fileSystem(`token ${n}`));
    const seen: string[] = [];
    let marker: string | undefined;
    do {
      const page = await efs.client.describeFileSystems({ MaxItems: 2, Marker: marker });
      assert.equal(page.Marker, marker);
      seen.push(...(page.FileSystems ?? []).map(({ FileSystemId: id = '' }) => id));
      marker = page.NextMarker;
    } while (marker !== undefined);
    assert.deepEqual([...seen].sort(), [...made].sort());
  });

  it('are found by their ARN, and not by that of another account', async () => {
    const id = await efs.fileSystem();
    const arnOf = (account: string): string =>
      `arn:aws:elasticfilesystem:eu-west-1:${account}:file-system/${id}`;
    const { FileSystems: [found] = [] } = await efs.client.describeFileSystems({
      FileSystemId: arnOf('000000000000'),
    });
    assert.equal(found?.FileSystemId, id);
    await refusesEfs(
      efs.client.describeFileSystems({ FileSystemId: arnOf('111111111111') }),
      'FileSystemNotFound',
      `File system '${id}' does not exist.`,
      404,
    );
    const other = efs.clientOf({ account: '111111111111', region: 'eu-west-1' });
    assert.deepEqual((await other.describeFileSystems({})).FileSystems, []);
  });

  it('change their throughput, and keep a provisioned one for a day', async () => {
    const id = await efs.fileSystem();
    const update = (mode: ThroughputMode | undefined, mibps?: number) =>
      efs.client.updateFileSystem({
        FileSystemId: id,
        ThroughputMode: mode,
        ProvisionedThroughputInMibps: mibps,
      });
    const provisioned = await update('provisioned', 10);
    assert.equal(provisioned.$metadata.httpStatusCode, 202);
    assert.deepEqual(
      [provisioned.ThroughputMode, provisioned.ProvisionedThroughputInMibps],
      ['provisioned', 10],
    );
    await update('provisioned', 20);
    const tooSoon = /^Wait at least 24 hours/;
    await refusesEfs(update('provisioned', 15), 'TooManyRequests', tooSoon, 429);
    await refusesEfs(update('elastic'), 'TooManyRequests', tooSoon, 429);
    efs.clock.advance(24 * 3_600_000);
    const elastic = await update('elastic');
    assert.deepEqual([elastic.ThroughputMode, elastic.ProvisionedThroughputInMibps], ['elastic', undefined]);
    await update('bursting');
  });

  it('leave nothing when their directory cannot be made', async () => {
    efs.storage.failure = new AppError('failed-precondition', 'no space left on device');
    await refusesEfs(
      efs.client.createFileSystem({ CreationToken: 'files' }),
      'InternalServerError',
      /internal error/,
      500,
    );
    assert.equal(efs.faults.length, 1);
    efs.storage.failure = undefined;
    assert.deepEqual((await efs.client.describeFileSystems({})).FileSystems, []);
    await efs.fileSystem('files');
    await efs.files.settle();
    assert.equal((await efs.storage.list()).length, 1);
  });

  it('have their directory, or are rid of it, after a crash in between', async () => {
    const id = await efs.fileSystem('kept');
    const gone = await efs.fileSystem('gone');
    await efs.storage.remove(id);
    await efs.store.transact([], [filesNote(id, 'make'), filesNote(gone, 'delete')]);
    await efs.files.settle();
    assert.deepEqual(await efs.storage.list(), [id]);
    assert.deepEqual(await efs.store.range({ prefix: keys.allEfsFiles() }), []);
  });

  it('try once more to delete files that could not be deleted', async () => {
    const id = await efs.fileSystem();
    efs.storage.failure = new AppError('internal', 'the disk is gone');
    await efs.client.deleteFileSystem({ FileSystemId: id });
    await efs.files.settle();
    efs.storage.failure = undefined;
    assert.deepEqual(await efs.storage.list(), [id]);
    await efs.files.settle();
    assert.deepEqual(await efs.storage.list(), []);
  });

  it('lose their files also when another one’s are just being deleted', async () => {
    const [first, second] = [await efs.fileSystem('first'), await efs.fileSystem('second')];
    const { promise: isOpen, resolve: open } = gate();
    const { promise: allGone, resolve: noteAllGone } = gate();
    const remove = efs.storage.remove.bind(efs.storage);
    efs.storage.remove = async (id) => {
      await isOpen;
      await remove(id);
      if ((await efs.storage.list()).length === 0) noteAllGone();
    };
    await efs.client.deleteFileSystem({ FileSystemId: first });
    await efs.client.deleteFileSystem({ FileSystemId: second });
    open();
    await allGone;
  });

  it('are not deleted while they have mount targets', async () => {
    const id = await efs.fileSystem();
    const target: MountTargetRecord = {
      ...{ mountTargetId: 'fsmt-01234567', fileSystemId: id, eniId: 'eni-1' },
      ...{ vpcId: 'vpc-1', subnetId: 'subnet-1', availabilityZone: 'eu-west-1a' },
    };
    const key = keys.efs(EFS_SCOPE, 'mount-target', target.mountTargetId);
    await efs.store.transact([], [{ put: key, value: target }]);
    const [shown] = (await efs.client.describeFileSystems({})).FileSystems ?? [];
    assert.equal(shown?.NumberOfMountTargets, 1);
    await refusesEfs(
      efs.client.deleteFileSystem({ FileSystemId: id }),
      'FileSystemInUse',
      `The file system '${id}' cannot be deleted because it has mount targets. You must delete the mount targets, and then try again.`,
      409,
    );
    await efs.store.transact([], [{ delete: key }]);
    await efs.client.deleteFileSystem({ FileSystemId: id });
  });

  it('are measured at most once a minute', async () => {
    const id = await efs.fileSystem();
    const size = async () =>
      (await efs.client.describeFileSystems({ FileSystemId: id })).FileSystems?.[0]?.SizeInBytes;
    const first = await size();
    efs.storage.setBytes(id, 8192);
    assert.deepEqual(await size(), first);
    efs.clock.advance(60_000);
    // This one begins to measure, and does not wait.
    await size();
    const measured = await size();
    assert.deepEqual([measured?.Value, measured?.Timestamp], [8192, new Date(efs.clock.now())]);
  });

  it('are a thousand at most', async () => {
    const records = Array.from({ length: 1000 }, (_, n) => ({
      put: keys.efs(EFS_SCOPE, 'file-system', `fs-${n}`),
      value: {},
    }));
    await efs.store.transact([], records);
    const one = efs.client.createFileSystem({ CreationToken: 'x' });
    await refusesEfs(one, 'FileSystemLimitExceeded', /\(1000\)/, 403);
  });

  const REFUSED: readonly [input: CreateFileSystemRequest, code: string, message: RegExp][] = [
    [{ CreationToken: '' }, 'ValidationException', / at 'creationToken' /],
    [{ PerformanceMode: 'fast' as never }, 'ValidationException', / at 'performanceMode' .* enum value set/],
    [{ ThroughputMode: 'fast' as never }, 'ValidationException', / at 'throughputMode' .* enum value set/],
    [{ ThroughputMode: 'provisioned' }, 'BadRequest', /must be specified/],
    [{ ProvisionedThroughputInMibps: 5 }, 'BadRequest', /can only be specified/],
    [
      { ThroughputMode: 'provisioned', ProvisionedThroughputInMibps: 0.5 },
      'ValidationException',
      / Value '0.5' at 'provisionedThroughputInMibps' .* greater than or equal to 1.0$/,
    ],
    [{ ThroughputMode: 'provisioned', ProvisionedThroughputInMibps: 1e6 }, 'ThroughputLimitExceeded', /3414/],
    [{ PerformanceMode: 'maxIO', ThroughputMode: 'elastic' }, 'BadRequest', /Elastic/],
    [{ KmsKeyId: 'alias/key' }, 'BadRequest', /Encrypted must be set to true/],
    [{ Encrypted: true, KmsKeyId: '?' }, 'ValidationException', / Value '\?' at 'kmsKeyId' /],
    [{ AvailabilityZoneName: 'us-east-1a' }, 'UnsupportedAvailabilityZone', /us-east-1a/],
    [{ AvailabilityZoneName: 'eu-west-1a', PerformanceMode: 'maxIO' }, 'BadRequest', /One Zone/],
  ];
  for (const [input, code, message] of REFUSED) {
    it(`refuses ${JSON.stringify(input)}`, async () => {
      await refusesEfs(efs.client.createFileSystem({ CreationToken: 'x', ...input }), code, message);
      assert.deepEqual(await efs.storage.list(), []);
    });
  }

  it('refuses what is no id', async () => {
    await refusesEfs(
      efs.client.deleteFileSystem({ FileSystemId: 'fake-id' }),
      'ValidationException',
      /^1 validation error detected: Value 'fake-id' at 'fileSystemId' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    );
  });
});

function gate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
