/** What every image store does when it copies a directory of an image to the host. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { mount, unmount } from '../../linux/mount.ts';
import { readXattr } from '../../linux/xattr.ts';
import type { ImageStore, StoredImage } from '../image-store.ts';
import { aTestImage, type TarEntry, type TestImage } from './test-image.ts';

const MIB = 1024 * 1024;
const isRoot = process.getuid?.() === 0;
const NEEDS_ROOT = isRoot ? false : 'needs root';
const MTIME = 1_234_567_890;
/** CAP_NET_BIND_SERVICE, effective: revision 2 of the kernel's structure. */
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** `put` stores an image under a name. */
export function describeDirectoryCopies(
  store: () => ImageStore,
  put: (name: string, image: TestImage) => Promise<StoredImage>,
): void {
  describe('directories of an image', () => {
    let scratch: string;
    let target: string;
    let image: StoredImage;
    before(async () => {
      image = await put('registry.test/directories:1', aTestImage(layers()));
    });
    beforeEach(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'ng-test-copy-'));
      target = join(scratch, 'target');
      await mkdir(target);
    });
    afterEach(() => rm(scratch, { recursive: true, force: true }));

    const copy = (path: string, to = target) => store().copyDirectory(image, path, to);

    it('come with content, owners, modes and times, and so does the target itself', async () => {
      assert.equal(await copy('/data'), true);
      assert.deepEqual(await picture(target), {
        '.': directory(0o1777, 1000, 2000),
        file: file('content', 0o640, 1000, 1001),
        program: file('#!', 0o6755, 0, 0),
        secret: file('', 0o000, 33, 33),
        sub: directory(0o2750, 33, 44),
        'sub/deep': directory(0o755, 0, 0),
        'sub/deep/file': file('deep', 0o644, 0, 0),
        empty: directory(0o700, 7, 8),
      });
      for (const name of ['.', 'file', 'sub', 'sub/deep/file']) {
        assert.equal((await lstat(join(target, name))).mtimeMs, MTIME * 1000, name);
      }
    });

    it('have links as they are, wherever these point', async () => {
      await copy('/links');
      assert.deepEqual(await picture(target), {
        '.': directory(0o755, 0, 0),
        absolute: link('/etc/passwd', 5, 6),
        climbing: link('../../../../etc', 0, 0),
        dangling: link('nothing', 0, 0),
        'to-file': link('real', 0, 0),
        real: file('real', 0o644, 0, 0),
      });
    });

    it('have the content at every name that is linked hard', async () => {
      await copy('/hard');
      assert.deepEqual(await picture(target), {
        '.': directory(0o755, 0, 0),
        first: file('shared', 0o600, 9, 9),
        second: file('shared', 0o600, 9, 9),
      });
    });

    it('are those of all layers, without what a layer above has removed or replaced', async () => {
      await copy('/merged');
      assert.deepEqual(await picture(target), {
        '.': directory(0o711, 3, 3),
        lower: file('lower', 0o644, 0, 0),
        middle: file('middle', 0o644, 0, 0),
        upper: file('upper', 0o644, 0, 0),
        changed: file('new', 0o600, 1, 1),
        opaque: directory(0o755, 0, 0),
        'opaque/new': file('new', 0o644, 0, 0),
        'file-now': file('file', 0o644, 0, 0),
        'directory-now': directory(0o755, 0, 0),
        'directory-now/inside': file('inside', 0o644, 0, 0),
        again: directory(0o755, 0, 0),
        'again/new': file('new', 0o644, 0, 0),
      });
    });

    it('leave devices out, and have named pipes', async () => {
      await copy('/special');
      assert.deepEqual(await picture(target), {
        '.': directory(0o755, 0, 0),
        pipe: { type: 'fifo', mode: 0o622, ...owners(4, 5) },
        plain: file('plain', 0o644, 0, 0),
      });
    });

    it('keep what gives a program its capabilities, and users’ attributes', {
      skip: NEEDS_ROOT,
    }, async () => {
      await copy('/attributes');
      const path = join(target, 'program');
      assert.deepEqual(readXattr(path, 'security.capability'), CAPABILITY);
      assert.equal(readXattr(path, 'user.note')?.toString(), 'a\nb');
      assert.equal(readXattr(path, 'trusted.note'), undefined);
    });

    const found: readonly [name: string, path: string][] = [
      ['by a link', '/to-sub'],
      ['by a link on the way', '/to-data/sub'],
      ['by a link that climbs, which ends at the image’s root', '/climbing'],
      ['by a path that climbs', '/../../data/./sub/'],
    ];
    for (const [name, path] of found) {
      it(`are found ${name}`, async () => {
        assert.equal(await copy(path), true);
        assert.deepEqual(Object.keys(await picture(target)).toSorted(), ['.', 'deep', 'deep/file']);
      });
    }

    const absent: readonly [name: string, path: string][] = [
      ['is absent', '/nothing'],
      ['is a file', '/data/file'],
      ['lies below a file', '/data/file/x'],
      ['was removed by a layer above', '/removed'],
      ['is a link to nothing', '/dangling'],
      ['is a link in a circle', '/circle'],
      ['is a link to what only the host has', '/to-host'],
    ];
    for (const [name, path] of absent) {
      it(`are not copied, and nothing is changed, where one ${name}`, async () => {
        await chmod(target, 0o750);
        const before = await picture(target);
        assert.equal(await copy(path), false);
        assert.deepEqual(await picture(target), before);
      });
    }

    it('may be the root', async () => {
      assert.equal(await copy('/'), true);
      const names = await readdir(target);
      assert.ok(names.includes('data') && names.includes('merged') && !names.includes('removed'));
    });

    it('come out whole when a copy is repeated over half of one', async () => {
      await copy('/data');
      const whole = await picture(target);
      await rm(join(target, 'sub/deep/file'));
      await rm(join(target, 'empty'), { recursive: true });
      await writeFile(join(target, 'empty'), 'a file in its place');
      await writeFile(join(target, 'file'), 'longer than it was before');
      await rm(join(target, 'program'));
      await mkdir(join(target, 'program'));
      await chmod(join(target, 'sub'), 0o777);
      await copy('/data');
      assert.deepEqual(await picture(target), whole);
    });

    it('are never written through a link that lies in the target', async () => {
      const outside = join(scratch, 'outside');
      await mkdir(outside);
      await writeFile(join(outside, 'file'), 'host');
      await symlink(outside, join(target, 'sub'));
      await symlink(join(outside, 'file'), join(target, 'file'));
      await symlink(join(outside, 'new'), join(target, 'program'));
      const before = await picture(outside);
      await copy('/data');
      assert.deepEqual(await picture(outside), before);
      assert.deepEqual((await picture(target))['sub/deep/file'], file('deep', 0o644, 0, 0));
      assert.deepEqual((await picture(target))['file'], file('content', 0o640, 1000, 1001));
    });

    it('hold large files and many', async () => {
      const large = Buffer.concat([randomBytes(3 * MIB + 1), Buffer.alloc(8 * MIB), randomBytes(17)]);
      const entries: TarEntry[] = [
        { path: 'many', directory: true },
        { path: 'many/large', content: large },
      ];
      for (let n = 0; n < 300; n += 1) entries.push({ path: `many/${n % 10}/file-${n}`, content: `${n}` });
      image = await put('registry.test/many:1', aTestImage([{ entries, compression: 'none' }]));
      await copy('/many');
      assert.ok((await readFile(join(target, 'large'))).equals(large));
      for (let n = 0; n < 300; n += 1) {
        assert.equal(await readFile(join(target, `${n % 10}/file-${n}`), 'utf8'), `${n}`);
      }
      image = await put('registry.test/directories:1', aTestImage(layers()));
    });

    it('say not-found when there is no target', async () => {
      await assert.rejects(copy('/data', join(scratch, 'absent')), (error) => hasKind(error, 'not-found'));
    });

    describe('a target that is full', { skip: NEEDS_ROOT }, () => {
      let small: string;
      before(async () => {
        small = await mkdtemp(join(tmpdir(), 'ng-test-full-'));
        await mount({ source: 'tmpfs', target: small, type: 'tmpfs', data: 'size=64k' });
      });
      after(async () => {
        await unmount(small);
        await rm(small, { recursive: true });
      });

      it('says failed-precondition with ENOSPC', async () => {
        const entries: TarEntry[] = [{ path: 'big/file', content: randomBytes(MIB) }];
        const big = await put('registry.test/big:1', aTestImage([{ entries }]));
        await assert.rejects(store().copyDirectory(big, '/big', small), (error) => {
          return hasKind(error, 'failed-precondition') && error.details['errno'] === 'ENOSPC';
        });
      });
    });
  });
}

type Picture = Record<string, Record<string, unknown>>;

function owners(uid: number, gid: number): { uid: number; gid: number } {
  return isRoot ? { uid, gid } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
const file = (content: string, mode: number, uid: number, gid: number) => ({
  type: 'file',
  mode,
  ...owners(uid, gid),
  content,
});
const directory = (mode: number, uid: number, gid: number) => ({
  type: 'directory',
  mode,
  ...owners(uid, gid),
});
const link = (target: string, uid: number, gid: number) => ({ type: 'link', ...owners(uid, gid), target });

/** All that lies in a directory, by relative path. */
async function picture(root: string, path = '.'): Promise<Picture> {
  const full = join(root, path);
  const stats = await lstat(full);
  const mode = stats.mode & 0o7777;
  const { uid, gid } = stats;
  if (stats.isSymbolicLink()) return { [path]: { type: 'link', uid, gid, target: await readlink(full) } };
  if (stats.isFIFO()) return { [path]: { type: 'fifo', mode, uid, gid } };
  if (!stats.isDirectory())
    return { [path]: { type: 'file', mode, uid, gid, content: await readAnyway(full) } };
  const below = await Promise.all(
    (await readdir(full)).map((name) => picture(root, path === '.' ? name : `${path}/${name}`)),
  );
  return Object.assign({ [path]: { type: 'directory', mode, uid, gid } }, ...below) as Picture;
}

/** A file that its owner may not read is empty for those who are not root. */
async function readAnyway(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY).catch(() => undefined);
  try {
    return (await handle?.readFile('utf8')) ?? '';
  } finally {
    await handle?.close();
  }
}

function layers(): { entries: TarEntry[] }[] {
  const mtime = MTIME;
  const dir = (path: string, more: Partial<TarEntry> = {}): TarEntry =>
    ({ path, mtime, ...more, directory: true }) as TarEntry;
  const text = (path: string, content: string, more: Partial<TarEntry> = {}): TarEntry =>
    ({ path, mtime, ...more, content }) as TarEntry;
  const lowest: TarEntry[] = [
    dir('data', { mode: 0o1777, uid: 1000, gid: 2000 }),
    text('data/file', 'content', { mode: 0o640, uid: 1000, gid: 1001 }),
    text('data/program', '#!', { mode: 0o6755 }),
    text('data/secret', '', { mode: 0, uid: 33, gid: 33 }),
    dir('data/sub', { mode: 0o2750, uid: 33, gid: 44 }),
    dir('data/sub/deep'),
    text('data/sub/deep/file', 'deep'),
    dir('data/empty', { mode: 0o700, uid: 7, gid: 8 }),
    dir('links'),
    { path: 'links/absolute', link: '/etc/passwd', uid: 5, gid: 6 },
    { path: 'links/climbing', link: '../../../../etc' },
    { path: 'links/dangling', link: 'nothing' },
    { path: 'links/to-file', link: 'real' },
    text('links/real', 'real'),
    dir('hard'),
    text('hard/first', 'shared', { mode: 0o600, uid: 9, gid: 9 }),
    { path: 'hard/second', hardLink: 'hard/first', mode: 0o600, uid: 9, gid: 9 },
    dir('merged'),
    text('merged/lower', 'lower'),
    text('merged/gone', 'gone'),
    text('merged/changed', 'old'),
    dir('merged/opaque'),
    text('merged/opaque/old', 'old'),
    dir('merged/file-now'),
    text('merged/file-now/inside', 'old'),
    text('merged/directory-now', 'old'),
    dir('merged/again'),
    text('merged/again/old', 'old'),
    dir('removed'),
    text('removed/inside', 'old'),
    dir('special'),
    { path: 'special/pipe', fifo: true, mode: 0o622, uid: 4, gid: 5 },
    { path: 'special/zero', device: [1, 5] },
    text('special/plain', 'plain'),
    dir('attributes'),
    text('attributes/program', '#!', {
      xattrs: { 'security.capability': CAPABILITY, 'user.note': Buffer.from('a\nb') },
    }),
    { path: 'to-data', link: 'data' },
    { path: 'to-sub', link: '/data/sub' },
    { path: 'climbing', link: '../../../../data/sub' },
    { path: 'dangling', link: 'nothing' },
    { path: 'circle', link: 'circle' },
    { path: 'to-host', link: '/proc/self' },
  ];
  const middle: TarEntry[] = [
    dir('merged'),
    text('merged/middle', 'middle'),
    text('merged/.wh.gone', ''),
    text('merged/.wh.again', ''),
    text('.wh.removed', ''),
  ];
  const upper: TarEntry[] = [
    dir('merged', { mode: 0o711, uid: 3, gid: 3 }),
    text('merged/upper', 'upper'),
    text('merged/changed', 'new', { mode: 0o600, uid: 1, gid: 1 }),
    dir('merged/opaque'),
    text('merged/opaque/.wh..wh..opq', ''),
    text('merged/opaque/new', 'new'),
    text('merged/file-now', 'file'),
    dir('merged/directory-now'),
    text('merged/directory-now/inside', 'inside'),
    dir('merged/again'),
    text('merged/again/new', 'new'),
  ];
  return [{ entries: lowest }, { entries: middle }, { entries: upper }];
}
