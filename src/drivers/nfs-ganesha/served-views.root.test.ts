import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { forward, type Forwarder } from '../../../test/support/nfs/forwarder.ts';
import { lockAside } from '../../../test/support/nfs/lock-aside.ts';
import type { NfsClient } from '../../../test/support/nfs/nfs-client.ts';
import { accessPointView, nfsMissing, NfsScene, WHOLE } from '../../../test/support/nfs/nfs-scene.ts';

const APP = accessPointView(1, {
  rootPath: '/app',
  posixUser: { uid: 1001, gid: 1002, secondaryGids: [2001] },
  creationInfo: { ownerUid: 1001, ownerGid: 1002, permissions: '0755' },
});
/** A directory of the file system as root, with callers' own ids. */
const PLAIN_POINT = accessPointView(2, {
  rootPath: '/plain',
  creationInfo: { ownerUid: 0, ownerGid: 0, permissions: '0777' },
});
const ROOT_POINT = accessPointView(3, {
  rootPath: '/root',
  posixUser: { uid: 0, gid: 4400, secondaryGids: [] },
  creationInfo: { ownerUid: 0, ownerGid: 0, permissions: '0755' },
});
const ROOT = { uid: 0, gid: 0 };
const ALICE = { uid: 4001, gid: 4001 };
const BOB = { uid: 4002, gid: 4002 };

const run = promisify(execFile);

function libnfsMissing(): string | false {
  return existsSync('/usr/bin/nfs-cat') ? false : 'needs nfs-ls and nfs-cat (Debian package libnfs-utils)';
}

const refused = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

describe('files of a file system over NFS', { skip: nfsMissing() }, () => {
  let scene: NfsScene;
  before(async () => {
    scene = await NfsScene.start();
  });
  after(() => scene.close());
  beforeEach(async () => {
    await chmod(scene.files, 0o777);
  });

  describe('of the whole file system', () => {
    it('belong to who made them, by the ids that the client says', async () => {
      const alice = await scene.mount(WHOLE, ALICE);
      await alice.writeFile('/of-alice', 'hers', 0o640);
      const { uid, gid, mode } = await stat(join(scene.files, 'of-alice'));
      assert.deepEqual({ uid, gid, mode: mode & 0o7777 }, { ...ALICE, mode: 0o640 });
      assert.deepEqual(await alice.stat('/of-alice').then((found) => [found.uid, found.gid]), [4001, 4001]);
    });

    it('are for whom owner, group and mode let', async () => {
      const alice = await scene.mount(WHOLE, ALICE);
      const bob = await scene.mount(WHOLE, BOB);
      const colleague = await scene.mount(WHOLE, { ...BOB, gids: [ALICE.gid] });
      await alice.writeFile('/secret', 'for the group', 0o640);
      await assert.rejects(bob.readFile('/secret'), refused('EACCES'));
      assert.equal(String(await colleague.readFile('/secret')), 'for the group');
      await assert.rejects(colleague.open('/secret', { for: 'write' }), refused('EACCES'));
      await assert.rejects(bob.chmod('/secret', 0o644), refused('EPERM'));
      await assert.rejects(bob.chown('/secret', { uid: BOB.uid }), refused('EPERM'));
    });

    it('are root’s to give away', async () => {
      const root = await scene.mount(WHOLE, ROOT);
      await root.writeFile('/gift', 'x');
      await root.chown('/gift', BOB);
      const { uid, gid } = await stat(join(scene.files, 'gift'));
      assert.deepEqual({ uid, gid }, BOB);
    });

    it('may be directories, links of both kinds, and large', async () => {
      const client = await scene.mount(WHOLE, ALICE);
      const content = Buffer.alloc(5 * 2 ** 20 + 17, 'neargate');
      await client.mkdir('/tree', 0o750);
      await client.writeFile('/tree/large', content);
      await client.link('/tree/large', '/tree/again');
      await client.symlink('large', '/tree/link');
      await client.rename('/tree/large', '/tree/renamed');
      assert.deepEqual(await client.names('/tree'), ['again', 'link', 'renamed']);
      assert.equal(await client.readlink('/tree/link'), 'large');
      assert.equal((await client.stat('/tree/again')).nlink, 2);
      assert.ok((await client.readFile('/tree/again')).equals(content));
      assert.ok((await readFile(join(scene.files, 'tree/renamed'))).equals(content));
      await assert.rejects(client.remove('/tree'), refused('ENOTEMPTY'));
    });

    it('lists a directory of thousands of files', async () => {
      const names = Array.from({ length: 3000 }, (_, index) => `a-file-of-many-${10_000 + index}`);
      await mkdir(join(scene.files, 'many'));
      await Promise.all(names.map((name) => writeFile(join(scene.files, 'many', name), '')));
      const client = await scene.mount(WHOLE, ROOT);
      assert.deepEqual(await client.names('/many'), names);
    });
  });

  describe('are read by the clients of libnfs, which speak NFSv4.0,', { skip: libnfsMissing() }, () => {
    let forwarder: Forwarder;
    before(async () => {
      forwarder = await forward(() =>
        scene.servers.connect({ view: APP, readOnly: true, squashRoot: false }),
      );
    });
    after(() => forwarder.close());

    it('whoever they say they are', async () => {
      const client = await scene.mount(APP, ROOT);
      await client.mkdir('/for-others');
      await client.writeFile('/for-others/file', 'by another client', 0o600);
      const url = (path: string) =>
        `nfs://127.0.0.1/for-others${path}?version=4&nfsport=${forwarder.port}&uid=4001`;
      const { stdout: names } = await run('nfs-ls', [url('')]);
      assert.match(names, /^-rw-------\s+1\s+1001\s+1002\s+17 file$/m);
      assert.equal((await run('nfs-cat', [url('/file')])).stdout, 'by another client');
    });
  });

  describe('of an access point', () => {
    it('lie in its root, which is made as its creationInfo says', async () => {
      const client = await scene.mount(APP, ROOT);
      await client.writeFile('/made', 'x');
      const { uid, gid, mode } = await stat(join(scene.files, 'app'));
      assert.deepEqual([uid, gid, mode & 0o7777], [1001, 1002, 0o755]);
      assert.equal(await readFile(join(scene.files, 'app/made'), 'utf8'), 'x');
    });

    it('belong to its user, whoever the client says it is', async () => {
      for (const [index, who] of [ROOT, ALICE, { uid: 1001, gid: 1002 }].entries()) {
        const client = await scene.mount(APP, who);
        await client.writeFile(`/by-${index}`, 'x');
        await client.mkdir(`/directory-${index}`);
        for (const name of [`by-${index}`, `directory-${index}`]) {
          const { uid, gid } = await stat(join(scene.files, 'app', name));
          assert.deepEqual({ uid, gid }, { uid: 1001, gid: 1002 });
        }
      }
    });

    it('are for what its user may do, secondary groups included, and nothing more', async () => {
      const client = await scene.mount(APP, ROOT);
      const app = join(scene.files, 'app');
      await writeFile(join(app, 'of-root'), 'secret', { mode: 0o600 });
      await writeFile(join(app, 'of-group'), 'shared', { mode: 0o640 });
      await chown(join(app, 'of-group'), 0, 2001);
      await assert.rejects(client.readFile('/of-root'), refused('EACCES'));
      assert.equal(String(await client.readFile('/of-group')), 'shared');
      await assert.rejects(client.chmod('/of-group', 0o666), refused('EPERM'));
      await client.writeFile('/own', 'x');
      await assert.rejects(client.chown('/own', { uid: 0 }), refused('EPERM'));
    });

    it('are named, renamed and removed also where its user may not read them', async () => {
      const client = await scene.mount(APP, ALICE);
      const app = join(scene.files, 'app');
      await writeFile(join(app, 'unreadable'), 'secret', { mode: 0o600 });
      await mkdir(join(app, 'closed'), { mode: 0o700 });
      assert.ok((await client.names('/')).includes('unreadable'));
      const { uid, mode, size } = await client.stat('/unreadable');
      assert.deepEqual({ uid, mode, size }, { uid: 0, mode: 0o600, size: 6 });
      await client.rename('/unreadable', '/moved');
      await client.remove('/moved');
      await assert.rejects(client.names('/closed'), refused('EACCES'));
      await client.writeFile('/without-rights', 'x', 0o000);
      await client.chmod('/without-rights', 0o600);
      assert.equal(String(await client.readFile('/without-rights')), 'x');
    });

    it('are root’s where its user is root', async () => {
      const client = await scene.mount(ROOT_POINT, ALICE, { squashRoot: true });
      await client.writeFile('/of-root-itself', 'x', 0o600);
      await client.chown('/of-root-itself', { uid: 77, gid: 78 });
      const { uid, gid } = await stat(join(scene.files, 'root/of-root-itself'));
      assert.deepEqual([uid, gid], [77, 78]);
      assert.equal(String(await client.readFile('/of-root-itself')), 'x');
    });

    it('are the callers’ own without a user', async () => {
      const client = await scene.mount(PLAIN_POINT, BOB);
      await client.writeFile('/of-bob', 'x');
      const { uid, gid } = await stat(join(scene.files, 'plain/of-bob'));
      assert.deepEqual({ uid, gid }, BOB);
    });

    it('do not lead out of it', async () => {
      const client = await scene.mount(APP, ROOT);
      await assert.rejects(client.stat('/..'), refused('ENOENT'));
      await symlink('/etc', join(scene.files, 'app/etc'));
      await symlink('../..', join(scene.files, 'app/up'));
      for (const path of ['/etc/passwd', '/up/etc']) {
        await assert.rejects(client.stat(path), (error) => !refused('ENOENT')(error));
      }
    });
  });

  describe('are the same for all at once', () => {
    let views: NfsClient[];
    beforeEach(async () => {
      views = [await scene.mount(WHOLE, ROOT), await scene.mount(APP, ROOT)];
    });

    it('whichever view they were made, changed or removed by', async () => {
      const [whole, app] = views as [NfsClient, NfsClient];
      await app.writeFile('/shared', 'one');
      assert.equal(String(await whole.readFile('/app/shared')), 'one');
      await whole.writeFile('/app/shared', 'three');
      assert.equal(String(await app.readFile('/shared')), 'three');
      assert.equal((await app.stat('/shared')).size, 5);
      await whole.chmod('/app/shared', 0o600);
      assert.equal((await app.stat('/shared')).mode, 0o600);
      await whole.remove('/app/shared');
      await assert.rejects(app.stat('/shared'), refused('ENOENT'));
      assert.ok(!(await app.names('/')).includes('shared'));
    });

    it('also when a process on this machine does it', async () => {
      const [whole, app] = views as [NfsClient, NfsClient];
      const { path } = await scene.views.open(APP);
      const local = join(path, 'local');
      await writeFile(local, 'one');
      assert.equal(String(await whole.readFile('/app/local')), 'one');
      assert.equal(String(await app.readFile('/local')), 'one');
      await app.writeFile('/local', 'three');
      assert.equal(await readFile(local, 'utf8'), 'three');
      await rm(local);
      await assert.rejects(whole.stat('/app/local'), refused('ENOENT'));
    });

    it('and so are the locks of all who use one view, with whatever rights', async () => {
      const [whole] = views as [NfsClient, NfsClient];
      await whole.writeFile('/locked', 'x', 0o666);
      const other = await scene.mount(WHOLE, ALICE, { squashRoot: true });
      const one = await whole.open('/locked', { for: 'both' });
      const two = await other.open('/locked', { for: 'both' });
      await one.lock('write');
      await assert.rejects(two.lock('read'), refused('EAGAIN'));
      await one.unlock();
      await two.lock('read');
      await one.lock('read');
      await assert.rejects(one.lock('write'), refused('EAGAIN'));
      await Promise.all([one.close(), two.close()]);
    });

    it('and those of a client and a process on this machine', async (test) => {
      const [whole] = views as [NfsClient, NfsClient];
      await whole.writeFile('/locked-here', 'x');
      const file = await whole.open('/locked-here', { for: 'both' });
      const { path } = await scene.views.open(WHOLE);
      const aside = await lockAside(test, join(path, 'locked-here'));
      await assert.rejects(file.lock('write'), refused('EAGAIN'));
      await aside.release();
      await file.lock('write');
      await assert.rejects(lockAside(test, join(path, 'locked-here')), /taken/);
      await file.close();
    });
  });

  describe('with less than all rights', () => {
    it('are not changed by who may only read', async () => {
      const writer = await scene.mount(WHOLE, ROOT);
      await writer.writeFile('/readable', 'x', 0o666);
      for (const who of [ROOT, ALICE]) {
        const reader = await scene.mount(WHOLE, who, { readOnly: true });
        assert.equal(String(await reader.readFile('/readable')), 'x');
        await assert.rejects(reader.open('/readable', { for: 'write' }), refused('EROFS'));
        await assert.rejects(reader.open('/new', { for: 'write', create: 0o666 }), refused('EROFS'));
        await assert.rejects(reader.mkdir('/new'), refused('EROFS'));
        await assert.rejects(reader.remove('/readable'), refused('EROFS'));
        await assert.rejects(reader.chmod('/readable', 0o600), refused('EROFS'));
      }
    });

    it('are not for ids that Linux has not, and would take for the server’s own', async () => {
      const none = 0xffff_ffff;
      for (const squashRoot of [false, true]) {
        for (const who of [
          { ...ALICE, uid: none },
          { ...ALICE, gid: none },
          { ...ALICE, gids: [none] },
        ]) {
          await assert.rejects(scene.mount(WHOLE, who, { squashRoot }), /denied/);
        }
      }
    });

    it('are nobody’s to a root that may not be root, and others’ as before', async () => {
      const root = await scene.mount(WHOLE, ROOT, { squashRoot: true });
      await root.writeFile('/of-squashed', 'x');
      const { uid, gid } = await stat(join(scene.files, 'of-squashed'));
      assert.deepEqual([uid, gid], [65_534, 65_534]);
      await writeFile(join(scene.files, 'of-root'), 'x', { mode: 0o600 });
      await assert.rejects(root.readFile('/of-root'), refused('EACCES'));
      const alice = await scene.mount(WHOLE, ALICE, { squashRoot: true });
      await alice.writeFile('/of-alice-too', 'x');
      assert.equal((await stat(join(scene.files, 'of-alice-too'))).uid, ALICE.uid);
    });
  });
});
