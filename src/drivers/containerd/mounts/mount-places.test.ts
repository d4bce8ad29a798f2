import assert from 'node:assert/strict';
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { ensureMountPlaces } from './mount-places.ts';

async function aRoot(test: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-places-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  const [upperDir, top, base] = ['upper', 'top', 'base'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [upperDir, top, base]) await mkdir(path);
  const rootfs = { upperDir, lowerDirs: [top, base], workDir: join(directory, 'work') };
  return { directory, upperDir, top, base, rootfs };
}

describe('The places of what is mounted in a container', () => {
  it('are left to the image where they are directories, or missing', async (test) => {
    const { upperDir, base, rootfs } = await aRoot(test);
    await mkdir(join(base, 'dev'));
    await ensureMountPlaces(rootfs);
    assert.deepEqual(await readdir(upperDir), []);
  });

  it('become directories of the container where the image has anything else', async (test) => {
    const { directory, upperDir, top, base, rootfs } = await aRoot(test);
    await mkdir(join(base, 'dev'));
    await symlink(directory, join(top, 'dev'));
    await writeFile(join(base, 'proc'), '');
    await ensureMountPlaces(rootfs);
    assert.deepEqual((await readdir(upperDir)).toSorted(), ['dev', 'proc']);
    for (const name of ['dev', 'proc']) assert.ok((await lstat(join(upperDir, name))).isDirectory());
  });

  it('are directories again when the container starts once more', async (test) => {
    const { directory, upperDir, base, rootfs } = await aRoot(test);
    await mkdir(join(base, 'sys'));
    await symlink(directory, join(upperDir, 'sys'));
    await ensureMountPlaces(rootfs);
    assert.ok((await lstat(join(upperDir, 'sys'))).isDirectory());
    assert.ok((await readdir(directory)).includes('upper'), 'what it led to is still there');
  });
});
