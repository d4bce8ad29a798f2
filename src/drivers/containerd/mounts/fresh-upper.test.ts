import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { renewUpper } from './fresh-upper.ts';

describe('The writable layer of a container that is started again', () => {
  let directory: string;
  let upperDir: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    upperDir = join(directory, 'upper');
    await mkdir(join(upperDir, 'etc/deep'), { recursive: true });
    await writeFile(join(upperDir, 'etc/deep/file'), 'kept');
    await writeFile(join(upperDir, 'file'), 'kept, too');
    await symlink('/nowhere', join(upperDir, 'link'));
    await chmod(upperDir, 0o751);
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });
  const renew = () => renewUpper({ upperDir, workDir: join(directory, 'work'), lowerDirs: [] });
  const isWhole = async (): Promise<void> => {
    assert.deepEqual((await readdir(upperDir)).sort(), ['etc', 'file', 'link']);
    assert.equal(await readFile(join(upperDir, 'etc/deep/file'), 'utf8'), 'kept');
    assert.equal((await stat(upperDir)).mode & 0o7777, 0o751);
    assert.deepEqual(await readdir(directory), ['upper']);
  };

  it('is another directory with the same in it', async () => {
    const { ino } = await stat(upperDir);
    await renew();
    assert.notEqual((await stat(upperDir)).ino, ino);
    await isWhole();
  });

  it('is whole after a call that was interrupted before it was made, or while it was filled', async () => {
    await rename(upperDir, join(directory, 'upper-a'));
    await renew();
    await isWhole();
    await mkdir(join(directory, 'upper-b'));
    await rename(join(upperDir, 'file'), join(directory, 'upper-b/file'));
    await renew();
    await isWhole();
  });
});
