import assert from 'node:assert/strict';
import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { describeFileSystemStorage } from '../../ports/testing/file-system-storage-suite.ts';
import { DirectoryFileSystemStorage } from './directory-file-system-storage.ts';

const ID = 'fs-0123456789abcdef0';

describeFileSystemStorage('FileSystemStorage: DirectoryFileSystemStorage', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'ng-test-efs-'));
  return {
    storage: new DirectoryFileSystemStorage({ root: join(scratch, 'efs') }),
    close: () => rm(scratch, { recursive: true, force: true }),
  };
});

describe('DirectoryFileSystemStorage', () => {
  let scratch: string;
  let root: string;
  let files: string;
  let storage: DirectoryFileSystemStorage;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ng-test-efs-'));
    root = join(scratch, 'efs');
    files = join(root, ID);
    storage = new DirectoryFileSystemStorage({ root });
    await storage.create(ID);
    await mkdir(join(scratch, 'outside'));
    await writeFile(join(scratch, 'outside/file'), 'x'.repeat(100_000));
  });
  afterEach(() => rm(scratch, { recursive: true, force: true }));

  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

  it('keeps them where only root comes, each open to all that are let in', async () => {
    assert.equal(await modeOf(root), 0o700);
    assert.equal(await modeOf(files), 0o755);
  });

  it('leaves what is in a file system that is made once more', async () => {
    await writeFile(join(files, 'file'), 'x');
    await storage.create(ID);
    assert.deepEqual(await readdir(files), ['file']);
  });

  it('measures what is allocated, a file with two names once, nothing behind links', async () => {
    const empty = await storage.meteredBytes(ID);
    await writeFile(join(files, 'file'), 'x'.repeat(10_000));
    await link(join(files, 'file'), join(files, 'other name'));
    await writeFile(join(files, 'sparse'), '');
    await truncate(join(files, 'sparse'), 2 ** 40);
    await symlink(join(scratch, 'outside'), join(files, 'link'));
    await mkdir(join(files, 'a/b'), { recursive: true });
    await writeFile(join(files, 'a/b/one byte'), 'x');
    // 12 KiB, and 4 KiB each for the sparse file, the link, two directories and the small file.
    assert.equal(await storage.meteredBytes(ID), empty + 12_288 + 5 * 4096);
  });

  it('removes everything, whatever it is called and wherever links lead', async () => {
    await mkdir(join(files, 'a/b/c'), { recursive: true });
    await writeFile(join(files, 'a/b/file'), 'x');
    await symlink(join(scratch, 'outside'), join(files, 'a/link'));
    await symlink(join(scratch, 'outside'), join(files, 'link'));
    await symlink('/nothing', join(files, 'a/b/c/dangling'));
    await writeFile(Buffer.concat([Buffer.from(`${files}/`), Buffer.from([0xff, 0x0a, 0xfe])]), 'x');
    await storage.remove(ID);
    assert.deepEqual(await readdir(root), []);
    assert.deepEqual(await readdir(join(scratch, 'outside')), ['file']);
  });

  it('goes on with a file system that was half removed', async () => {
    await mkdir(join(files, 'left/over'), { recursive: true });
    await rename(files, join(root, `.removed-${ID}`));
    assert.deepEqual(await storage.list(), [ID]);
    await storage.remove(ID);
    assert.deepEqual(await readdir(root), []);
  });

  it('does not follow a link in the place of a file system', async () => {
    await rm(files, { recursive: true });
    await symlink(join(scratch, 'outside'), files);
    await assert.rejects(storage.create(ID), { kind: 'already-exists' });
    await assert.rejects(storage.meteredBytes(ID), { kind: 'not-found' });
    await storage.remove(ID);
    assert.deepEqual(await readdir(root), []);
    assert.deepEqual(await readdir(join(scratch, 'outside')), ['file']);
  });
});
