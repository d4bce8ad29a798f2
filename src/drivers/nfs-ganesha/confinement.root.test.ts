import assert from 'node:assert/strict';
import { readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { NfsClient } from '../../../test/support/nfs/nfs-client.ts';
import { accessPointView, nfsMissing, NfsScene, WHOLE } from '../../../test/support/nfs/nfs-scene.ts';
import {
  getAttributes,
  lookup,
  putHandle,
  readDirectory,
  DIRECTORY_START,
} from '../../../test/support/nfs/nfs4-operations.ts';

const ROOT = { uid: 0, gid: 0 };
const OTHER = { fileSystemId: 'fs-0123456789abcdef1', rootDirectory: '/' };
const POINT = accessPointView(1, {
  rootPath: '/point',
  creationInfo: { ownerUid: 0, ownerGid: 0, permissions: '0755' },
});
const NAMESPACES = ['mnt', 'net', 'pid', 'ipc', 'uts'];
/**
 * A file handle of Ganesha's: four bytes with the export, the length of the rest, a kind of its own, the device
 * (major, minor), the kernel's kind, and the kernel's words.
 */
const HEAD_BYTES = 4;
const OWN_KIND_OFFSET = 5;
/** The kernel's kinds: an inode with its generation, the same with its directory's, and FUSE's of both. */
const KINDS: Readonly<Record<number, (inode: number, generation: number) => number[]>> = {
  1: (inode, generation) => [inode, generation],
  2: (inode, generation) => [inode, generation, 2, 0],
  0x81: (inode, generation) => [0, inode, generation],
  0x82: (inode, generation) => [0, inode, generation, 0, 1, 0],
};

describe('a server of a view', { skip: nfsMissing() }, () => {
  let scene: NfsScene;
  let whole: NfsClient;
  let point: NfsClient;
  before(async () => {
    scene = await NfsScene.start();
    await scene.makeFileSystem(OTHER.fileSystemId);
    await writeFile(join(scene.fileSystems, OTHER.fileSystemId, 'secret'), 'of another file system');
    whole = await scene.mount(WHOLE, ROOT);
    point = await scene.mount(POINT, ROOT);
    await whole.writeFile('/outside-the-point', 'of the file system');
    await point.writeFile('/inside', 'of the access point');
  });
  after(() => scene.close());

  const inodeAt = (handle: Buffer): Promise<bigint | undefined> =>
    point.session.compound([putHandle(handle), getAttributes()]).then(
      ([, { ino }]) => ino,
      () => undefined,
    );
  const ownInodes = async (): Promise<bigint[]> =>
    (await Promise.all([point.stat('/'), point.stat('/inside')])).map(({ ino }) => ino);

  it('gives nothing from elsewhere for a handle that was made up', async () => {
    const secret = join(scene.fileSystems, OTHER.fileSystemId, 'secret');
    const { path: view } = await scene.views.openUnmapped(POINT);
    const targets = await Promise.all(
      ['/', '/etc/passwd', scene.files, secret, view].map((path) => stat(path)),
    );
    const root = await point.handle('/');
    const viewDevice = targets.at(-1)?.dev ?? 0;
    assert.deepEqual(forge(root, { kind: 0x81, inode: 1, generation: 0, device: viewDevice }), root);
    let refusals = 0;
    for (const kind of Object.keys(KINDS).map(Number)) {
      for (const inode of [1, 2, 3, 4, ...targets.map(({ ino }) => ino)]) {
        for (const generation of [0, 1, 2, 3]) {
          for (const device of new Set(targets.map(({ dev }) => dev))) {
            const found = await inodeAt(forge(root, { kind, inode, generation, device }));
            if (found === undefined) refusals += 1;
            else assert.ok((await ownInodes()).includes(found), `${kind} ${inode} ${generation} ${device}`);
          }
        }
      }
    }
    assert.ok(refusals > 200);
    assert.equal(await inodeAt(root), (await point.stat('/')).ino);
  });

  it('gives nothing from elsewhere for a handle of another server', async () => {
    const other = await scene.mount(OTHER, ROOT);
    const handles = [
      await other.handle('/secret'),
      await other.handle('/'),
      await whole.handle('/outside-the-point'),
      await whole.handle('/'),
    ];
    for (const handle of handles) {
      const found = await inodeAt(handle);
      assert.ok(found === undefined || (await ownInodes()).includes(found));
    }
  });

  it('does not lead above its root by any handle', async () => {
    const root = await point.handle('/');
    for (const name of ['..', '.', '', '../outside-the-point', '/etc']) {
      await assert.rejects(point.session.compound([putHandle(root), lookup(name), getAttributes()]), name);
    }
    const [, page] = await point.session.compound([putHandle(root), readDirectory(DIRECTORY_START)]);
    assert.deepEqual(page.names, ['inside']);
  });

  it('is alone in namespaces of its own', async () => {
    const { pid } = await scene.server(WHOLE);
    for (const name of NAMESPACES) {
      const [its, ours] = await Promise.all(
        [String(pid), 'self'].map((process) => readlink(`/proc/${process}/ns/${name}`)),
      );
      assert.notEqual(its, ours, name);
    }
    const devices = await readFile(`/proc/${pid}/net/dev`, 'utf8');
    assert.deepEqual(
      devices
        .split('\n')
        .slice(2, -1)
        .map((line) => line.split(':')[0]?.trim()),
      ['lo'],
    );
  });

  it('is not to be reached from this machine’s own network', async () => {
    const socket = connect({ host: '127.0.0.1', port: 2049 });
    const code = await new Promise((resolve) => {
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once('connect', () => resolve('connected'));
    });
    socket.destroy();
    assert.equal(code, 'ECONNREFUSED');
  });

  it('has nothing of the machine’s file systems, neither mounted nor open', async () => {
    const { pid } = await scene.server(WHOLE);
    const mounts = (await readFile(`/proc/${pid}/mountinfo`, 'utf8')).trim().split('\n');
    const types = mounts.map((line) => line.split(' - ')[1]?.split(' ')[0] ?? '').toSorted();
    assert.deepEqual(types, ['fuse', 'tmpfs', 'tmpfs']);
    const devices = new Set(
      await Promise.all(
        ['/', '/server', '/view'].map(async (path) => (await stat(`/proc/${pid}/root${path}`)).dev),
      ),
    );
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const path = `/proc/${pid}/fd/${fd}`;
      const target = await readlink(path).catch(() => '');
      if (target.startsWith('/')) assert.ok(devices.has((await stat(path)).dev), target);
    }
    assert.deepEqual(
      (await readdir(`/proc/${pid}/root`)).filter((name) =>
        ['proc', 'sys', 'home', 'root', 'var'].includes(name),
      ),
      [],
    );
    assert.deepEqual(await readdir(`/proc/${pid}/root/usr`), []);
  });

  it('has no more rights than it needs, and no way to get more', async () => {
    const { pid } = await scene.server(WHOLE);
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1];
    // chown, dac_override, dac_read_search, fowner, fsetid, setgid, setuid
    const allowed = 0xdfn;
    for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
      assert.equal(BigInt(`0x${field(name)}`) & ~allowed, 0n, name);
    }
    assert.equal(field('NoNewPrivs'), '1');
  });

  it('shows its settings and its log to root alone', async () => {
    const [name = ''] = await readdir(scene.serverDirectory);
    const directory = join(scene.serverDirectory, name);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    for (const file of ['ganesha.conf', 'log']) {
      assert.equal((await stat(join(directory, file))).mode & 0o077, 0, file);
    }
  });
});

interface Forgery {
  readonly kind: number;
  readonly inode: number;
  readonly generation: number;
  readonly device: number;
}

function forge(handle: Buffer, { kind, inode, generation, device }: Forgery): Buffer {
  const words = KINDS[kind]?.(inode, generation) ?? [];
  const rest = Buffer.alloc(10 + words.length * 4);
  rest.writeUInt8(handle.readUInt8(OWN_KIND_OFFSET), 0);
  rest.writeUInt32LE(device >> 8, 1);
  rest.writeUInt32LE(device & 0xff, 5);
  rest.writeUInt8(kind, 9);
  for (const [index, word] of words.entries()) rest.writeUInt32LE(word >>> 0, 10 + index * 4);
  return Buffer.concat([handle.subarray(0, HEAD_BYTES), Buffer.of(rest.length), rest]);
}
