import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { HeldDirectory } from './held-directory.ts';
import { removeTree } from './remove-tree.ts';

/** Together longer than the longest path that a system call takes. */
const DEPTH = 40;
const NAME = 'd'.repeat(200);

describe('removeTree', () => {
  let scratch: string;
  let parent: HeldDirectory;
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ng-test-remove-'));
    await mkdir(join(scratch, 'tree'));
    await mkdir(join(scratch, 'outside'));
    for (const name of ['one', 'two']) await writeFile(join(scratch, 'outside', name), 'x');
    parent = await HeldDirectory.open(scratch);
  });
  afterEach(async () => {
    await parent.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const left = () => readdir(scratch);

  it('removes a tree that is deeper than any path', async () => {
    await makeDeep(join(scratch, 'tree'));
    await removeTree(parent, 'tree');
    assert.deepEqual(await left(), ['outside']);
  });

  it('removes a tree of many files and directories', async () => {
    for (let n = 0; n < 40; n += 1) {
      await mkdir(join(scratch, `tree/${n}/a/b`), { recursive: true });
      for (let file = 0; file < 5; file += 1) await writeFile(join(scratch, `tree/${n}/a/${file}`), 'x');
    }
    await removeTree(parent, 'tree');
    assert.deepEqual(await left(), ['outside']);
  });

  it('has nothing to do where there is nothing', async () => {
    await removeTree(parent, 'missing');
    assert.deepEqual((await left()).length, 2);
  });

  it('removes a link in the place of the tree, and nothing behind it', async () => {
    await symlink('outside', join(scratch, 'link'));
    await removeTree(parent, 'link');
    assert.equal((await left()).includes('link'), false);
    assert.equal((await readdir(join(scratch, 'outside'))).length, 2);
  });

  it('removes nothing outside while directories become links and back', async () => {
    const tree = join(scratch, 'tree');
    let swapping = true;
    const swap = async (): Promise<void> => {
      while (swapping) {
        await mkdir(join(tree, 'd/e'), { recursive: true }).catch(() => undefined);
        await rename(join(tree, 'd'), join(tree, 'aside')).catch(() => undefined);
        await symlink('../outside', join(tree, 'd')).catch(() => undefined);
        await rm(join(tree, 'd')).catch(() => undefined);
        await rename(join(tree, 'aside'), join(tree, 'd')).catch(() => undefined);
      }
    };
    const swapper = swap();
    for (let n = 0; n < 3; n += 1) {
      await mkdir(tree, { recursive: true });
      await removeTree(parent, 'tree').catch(() => undefined);
    }
    swapping = false;
    await swapper;
    assert.deepEqual((await readdir(join(scratch, 'outside'))).length, 2);
  });
});

/** Each directory is made in the one before, which is then moved into it: no path is ever long. */
async function makeDeep(directory: string): Promise<void> {
  const inner = join(directory, 'inner');
  const outer = join(directory, 'outer');
  await mkdir(inner);
  for (let level = 0; level < DEPTH; level += 1) {
    await mkdir(outer);
    await rename(inner, join(outer, NAME));
    await rename(outer, inner);
  }
}
