import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { CreateAccessPointRequest } from '@aws-sdk/client-efs';
import { EfsUnderTest, refusesEfs } from '../../../../test/support/efs/efs-under-test.ts';

const WHOLE = {
  ClientToken: 'app',
  PosixUser: { Uid: 1000, Gid: 1001, SecondaryGids: [10, 4_294_967_295] },
  RootDirectory: {
    Path: '/a/b/c/d',
    CreationInfo: { OwnerUid: 1000, OwnerGid: 1001, Permissions: '0750' },
  },
  Tags: [{ Key: 'Name', Value: 'app' }],
};

describe('access points of EFS', () => {
  let efs: EfsUnderTest;
  let fileSystem: string;
  beforeEach(async () => {
    efs = new EfsUnderTest();
    fileSystem = await efs.fileSystem();
  });

  it('are shown as they were made', async () => {
    const { $metadata, ...made } = await efs.client.createAccessPoint({
      FileSystemId: fileSystem,
      ...WHOLE,
    });
    assert.equal($metadata.httpStatusCode, 200);
    const id = made.AccessPointId ?? '';
    assert.match(id, /^fsap-0[0-9a-f]{16}$/);
    const arn = `arn:aws:elasticfilesystem:eu-west-1:000000000000:access-point/${id}`;
    assert.deepEqual(made, {
      ...WHOLE,
      Name: 'app',
      AccessPointId: id,
      AccessPointArn: arn,
      FileSystemId: fileSystem,
      OwnerId: '000000000000',
      LifeCycleState: 'available',
    });
    for (const input of [{}, { AccessPointId: id }, { AccessPointId: arn }, { FileSystemId: fileSystem }]) {
      assert.deepEqual((await efs.client.describeAccessPoints(input)).AccessPoints, [made]);
    }
  });

  it('see the whole file system when no root directory is named', async () => {
    const { RootDirectory, PosixUser } = await efs.client.createAccessPoint({ FileSystemId: fileSystem });
    assert.deepEqual(RootDirectory, { Path: '/' });
    assert.equal(PosixUser, undefined);
  });

  it('are made once for a client token', async () => {
    const { AccessPointId: id = '' } = await efs.client.createAccessPoint({
      FileSystemId: fileSystem,
      ClientToken: 't',
    });
    const error = await refusesEfs(
      efs.client.createAccessPoint({ FileSystemId: fileSystem, ClientToken: 't' }),
      'AccessPointAlreadyExists',
      `Access point '${id}' already exists with client token 't'`,
      409,
    );
    assert.equal(error['AccessPointId'], id);
    await efs.client.deleteAccessPoint({ AccessPointId: id });
    await efs.client.createAccessPoint({ FileSystemId: fileSystem, ClientToken: 't' });
  });

  it('are made once for a client token that comes twice at the same moment', async () => {
    const results = await Promise.allSettled(
      [1, 2, 3].map(() => efs.client.createAccessPoint({ FileSystemId: fileSystem, ClientToken: 't' })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await efs.client.describeAccessPoints({})).AccessPoints?.length, 1);
  });

  it('go one by one, and with their file system', async () => {
    const other = await efs.fileSystem('other');
    const ids: string[] = [];
    for (const id of [fileSystem, fileSystem, other]) {
      ids.push((await efs.client.createAccessPoint({ FileSystemId: id })).AccessPointId ?? '');
    }
    const { $metadata } = await efs.client.deleteAccessPoint({ AccessPointId: ids[0] });
    assert.equal($metadata.httpStatusCode, 204);
    await refusesEfs(
      efs.client.deleteAccessPoint({ AccessPointId: ids[0] }),
      'AccessPointNotFound',
      `Access point '${ids[0]}' does not exist.`,
      404,
    );
    await efs.client.deleteFileSystem({ FileSystemId: fileSystem });
    const { AccessPoints: left = [] } = await efs.client.describeAccessPoints({});
    assert.deepEqual(
      left.map(({ AccessPointId }) => AccessPointId),
      [ids[2]],
    );
  });

  it('come in pages', async () => {
    const made = new Set<string>();
    for (let n = 0; n < 5; n += 1) {
      made.add((await efs.client.createAccessPoint({ FileSystemId: fileSystem })).AccessPointId ?? '');
    }
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await efs.client.describeAccessPoints({ MaxResults: 2, NextToken: token });
      assert.ok((page.AccessPoints ?? []).length <= 2);
      seen.push(...(page.AccessPoints ?? []).map(({ AccessPointId: id = '' }) => id));
      token = page.NextToken;
    } while (token !== undefined);
    assert.deepEqual([...seen].sort(), [...made].sort());
    const first = await efs.client.describeAccessPoints({ MaxResults: 2 });
    await refusesEfs(
      efs.client.describeAccessPoints({ FileSystemId: fileSystem, NextToken: first.NextToken }),
      'BadRequest',
      'The nextToken is not valid.',
    );
  });

  const REFUSED: readonly [name: string, input: Partial<CreateAccessPointRequest>, message: RegExp][] = [
    ['a path without a slash', { RootDirectory: { Path: 'a' } }, / Value 'a' at 'rootDirectory.path' /],
    ['five levels', { RootDirectory: { Path: '/a/b/c/d/e' } }, / at 'rootDirectory.path' /],
    ['a way up', { RootDirectory: { Path: '/a/../b' } }, / at 'rootDirectory.path' /],
    ['a hidden directory', { RootDirectory: { Path: '/.a' } }, / at 'rootDirectory.path' /],
    [
      'a long path',
      { RootDirectory: { Path: `/${'a'.repeat(100)}` } },
      / at 'rootDirectory.path' failed to satisfy constraint: Member must have length less than or equal to 100$/,
    ],
    ['a path with a zero byte', { RootDirectory: { Path: '/a\u0000b' } }, / at 'rootDirectory.path' /],
    [
      'half of the creation info',
      { RootDirectory: { Path: '/a', CreationInfo: { OwnerUid: 1 } as never } },
      /^2 validation errors detected: Value null at 'rootDirectory.creationInfo.ownerGid' failed to satisfy constraint: Member must not be null; Value null at 'rootDirectory.creationInfo.permissions' /,
    ],
    [
      'permissions that are not octal',
      { RootDirectory: { Path: '/a', CreationInfo: { OwnerUid: 1, OwnerGid: 1, Permissions: '888' } } },
      / at 'rootDirectory.creationInfo.permissions' .*pattern: \^\[0-7\]\{3,4\}\$$/,
    ],
    [
      'a negative owner',
      { RootDirectory: { Path: '/a', CreationInfo: { OwnerUid: -1, OwnerGid: 1, Permissions: '755' } } },
      / Value '-1' at 'rootDirectory.creationInfo.ownerUid' .* greater than or equal to 0$/,
    ],
    ['a user of 33 bits', { PosixUser: { Uid: 2 ** 32, Gid: 0 } }, / at 'posixUser.uid' /],
    ['a user with a fraction', { PosixUser: { Uid: 1.5, Gid: 0 } }, / at 'posixUser.uid' .* an integer$/],
    ['no group', { PosixUser: { Uid: 1 } as never }, / Value null at 'posixUser.gid' /],
    [
      'seventeen groups',
      { PosixUser: { Uid: 1, Gid: 1, SecondaryGids: Array.from({ length: 17 }, (_, n) => n) } },
      / at 'posixUser.secondaryGids' .* less than or equal to 16$/,
    ],
    ['an empty token', { ClientToken: '' }, / at 'clientToken' .* greater than or equal to 1$/],
    ['a long token', { ClientToken: 'x'.repeat(65) }, / at 'clientToken' .* less than or equal to 64$/],
    ['no id', { FileSystemId: 'fs-x' }, / Value 'fs-x' at 'fileSystemId' /],
  ];
  for (const [name, input, message] of REFUSED) {
    it(`refuses ${name}`, async () => {
      const request = { FileSystemId: fileSystem, ...input };
      await refusesEfs(efs.client.createAccessPoint(request), 'ValidationException', message);
      assert.deepEqual((await efs.client.describeAccessPoints({})).AccessPoints, []);
    });
  }

  it('refuses a file system that is not there', async () => {
    await refusesEfs(
      efs.client.createAccessPoint({ FileSystemId: 'fs-01234567' }),
      'FileSystemNotFound',
      "File system 'fs-01234567' does not exist.",
      404,
    );
  });
});
