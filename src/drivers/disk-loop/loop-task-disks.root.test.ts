import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasKind } from '../../domain/errors.ts';
import { describeTaskDisks } from '../../ports/testing/task-disks-suite.ts';
import { dataOf } from '../../linux/sparse-file.ts';
import { LoopTaskDisks } from './loop-task-disks.ts';
import { patient } from '../../ports/testing/patience.ts';

/** Node has no name for it. */
const ENOKEY = 126;
const GIB = 2 ** 30;
const MIB = 2 ** 20;
const noEncryption = !existsSync('/sys/fs/ext4/features/encryption') && 'kernel: cannot encrypt ext4';
const skip = process.getuid?.() !== 0 && 'needs root';

/** Mounts, loop devices in use and files that belong to a directory. */
async function tracesOf(dir: string): Promise<string[]> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8'))
    .split('\n')
    .filter((line) => line.includes(dir));
  const loops = (await readdir('/sys/block')).filter((name) => name.startsWith('loop'));
  const backing = await Promise.all(
    loops.map((name) => readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => '')),
  );
  const files = await readdir(dir);
  return [...mounts, ...backing.filter((path) => path.includes(dir)), ...files];
}

/** What is left when those have ended who copied the machine's mounts meanwhile, and so hold devices for a moment. */
async function leftIn(dir: string): Promise<string[]> {
  const end = performance.now() + patient(5_000);
  for (;;) {
    const traces = await tracesOf(dir);
    if (traces.length === 0 || performance.now() > end) return traces;
    await sleep(20);
  }
}

/** Writes until there is no room, and none is left when all is written: most of it is taken by an empty file. */
async function fill(directory: string): Promise<void> {
  const { bfree, bsize } = await statfs(directory);
  execFileSync('fallocate', ['-l', String(bfree * bsize - 24 * MIB), join(directory, 'full')]);
  const file = await open(join(directory, 'rest'), 'w');
  try {
    // What was kept back for metadata is free again once the data is written.
    for (let fails = 0; fails < 3; ) {
      const failed = await file.write(Buffer.alloc(MIB, 'x')).catch((error: NodeJS.ErrnoException) => error);
      if (!(failed instanceof Error)) continue;
      assert.equal(failed.code, 'ENOSPC');
      fails += 1;
      await file.sync();
    }
  } finally {
    await file.close();
  }
}

/** Whether the words are anywhere in what a file has: what is between reads as zeros. */
async function fileHolds(path: string, words: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    for await (const { data } of dataOf(file)) if (data.includes(words)) return true;
    return false;
  } finally {
    await file.close();
  }
}

async function aDirectory(): Promise<string> {
  return await mkdtemp(join(tmpdir(), 'neargate-disks-'));
}

async function someDisks(
  test: TestContext,
  encrypted = false,
): Promise<{ dir: string; disks: LoopTaskDisks }> {
  const dir = await aDirectory();
  const disks = new LoopTaskDisks({ dir, encrypted });
  test.after(async () => {
    for (const taskId of await disks.list()) await disks.remove(taskId);
    await disks.close();
    await rm(dir, { recursive: true });
  });
  return { dir, disks };
}

for (const encrypted of [false, true]) {
  describeTaskDisks(
    encrypted ? 'LoopTaskDisks, encrypted' : 'LoopTaskDisks',
    async () => {
      const dir = await aDirectory();
      const disks = new LoopTaskDisks({ dir, encrypted });
      await disks.start();
      return {
        disks,
        leftovers: async () => {
          await disks.close();
          return await leftIn(dir);
        },
        close: () => rm(dir, { recursive: true }),
      };
    },
    { skip: encrypted ? skip || noEncryption : skip },
  );
}

describe('LoopTaskDisks on this machine', { skip, timeout: patient(120_000) }, () => {
  it('shows 20G for 20 GiB, and takes next to nothing of the real disk', async (test) => {
    const { dir, disks } = await someDisks(test);
    const { path } = await disks.create({ taskId: 'task', sizeGiB: 20 });
    const { blocks, bsize, bfree } = await statfs(path);
    assert.ok(Math.abs((blocks * bsize) / (20 * GIB) - 1) < 0.001, `${blocks * bsize} bytes`);
    assert.ok((blocks - bfree) * bsize < MIB);
    assert.match(execFileSync('df', ['-h', '--output=size', path], { encoding: 'utf8' }), /20G/);
    const image = await stat(join(dir, 'task.img'));
    assert.ok(image.blocks * 512 < MIB, `${image.blocks * 512} bytes`);
    assert.equal(image.mode & 0o777, 0o600);
  });

  it('really ends, and charges count', async (test) => {
    const { disks } = await someDisks(test);
    const { path } = await disks.create({ taskId: 'task', sizeGiB: 1 });
    await disks.charge('task', 'image', 900 * MIB);
    const file = await open(join(path, 'data'), 'w');
    const chunk = Buffer.alloc(8 * MIB, 'x');
    let written = 0;
    await assert.rejects(
      async () => {
        for (; written < GIB; written += chunk.length) await file.write(chunk);
      },
      { code: 'ENOSPC' },
    );
    await file.close();
    assert.ok(written > 64 * MIB && written < 126 * MIB, `${written} bytes fitted`);
  });

  it('counts what this disk read and wrote, not what its device did for another before', async (test) => {
    const { disks } = await someDisks(test);
    for (const taskId of ['first', 'second']) {
      const { path } = await disks.create({ taskId, sizeGiB: 1 });
      const before = await disks.usage(taskId);
      assert.ok(before.writtenBytes < MIB, `${before.writtenBytes} bytes written`);
      const file = await open(join(path, 'data'), 'w');
      await file.write(Buffer.alloc(20 * MIB, taskId));
      await file.sync();
      await file.close();
      const { writtenBytes } = await disks.usage(taskId);
      assert.ok(writtenBytes >= 20 * MIB && writtenBytes < 24 * MIB, `${writtenBytes} bytes written`);
      await disks.remove(taskId);
    }
  });

  it('keeps volumes to a size of their own: neither of the two takes room from the other', async (test) => {
    const { disks } = await someDisks(test);
    const { path, volumesPath } = await disks.create({ taskId: 'task', sizeGiB: 2, volumesGiB: 1 });
    for (const [directory, gib] of [
      [path, 2],
      [volumesPath, 1],
    ] as const) {
      const { blocks, bsize } = await statfs(directory);
      assert.ok(Math.abs((blocks * bsize) / (gib * GIB) - 1) < 0.002, `${blocks * bsize} bytes`);
    }
    await fill(volumesPath);
    await disks.charge('task', 'image', GIB);
    await fill(path);
    await assert.rejects(writeFile(join(volumesPath, 'more'), 'x'.repeat(MIB)), { code: 'ENOSPC' });
    await rm(join(volumesPath, 'full'));
    await writeFile(join(volumesPath, 'more'), 'x'.repeat(MIB));
    await assert.rejects(writeFile(join(path, 'more'), 'x'.repeat(MIB)), { code: 'ENOSPC' });
  });

  it('ends for one task while the others go on', async (test) => {
    const { disks } = await someDisks(test);
    const [full, other] = await Promise.all(
      ['full', 'other'].map((taskId) => disks.create({ taskId, sizeGiB: 1 })),
    );
    assert.ok(full !== undefined && other !== undefined);
    const file = await open(join(other.path, 'data'), 'w');
    const filling = fill(full.path);
    for (let written = 0; written < 64; written += 1) await file.write(Buffer.alloc(MIB, 'y'));
    await filling;
    await file.write(Buffer.alloc(64 * MIB, 'z'));
    await file.sync();
    await file.close();
    await assert.rejects(writeFile(join(full.path, 'more'), 'x'.repeat(MIB)), { code: 'ENOSPC' });
    // The file system is as it was: what is deleted can be written again.
    await rm(join(full.path, 'full'));
    await writeFile(join(full.path, 'more'), 'x'.repeat(MIB));
  });

  it('shows the next task nothing of what was written before', async (test) => {
    const { dir, disks } = await someDisks(test);
    const secret = 'of-an-earlier-task ';
    const { path } = await disks.create({ taskId: 'first', sizeGiB: 1 });
    await writeFile(join(path, 'data'), Buffer.alloc(64 * MIB, secret), { flush: true });
    assert.equal(await fileHolds(join(dir, 'first.img'), secret), true);
    await disks.remove('first');
    const next = await disks.create({ taskId: 'next', sizeGiB: 1 });
    // Takes the blocks without writing to them.
    execFileSync('fallocate', ['-l', '500M', join(next.path, 'taken')]);
    assert.equal(await fileHolds(join(dir, 'next.img'), secret), false);
    const taken = await readFile(join(next.path, 'taken'));
    assert.ok(taken.equals(Buffer.alloc(taken.length)));
  });

  it('gives back what a task has deleted, and nothing that it has', async (test) => {
    const { disks } = await someDisks(test);
    const { path, volumesPath } = await disks.create({ taskId: 'task', sizeGiB: 20, volumesGiB: 1 });
    const kept = Buffer.alloc(10 * MIB, 'k');
    for (const directory of [path, volumesPath]) {
      await writeFile(join(directory, 'kept'), kept, { flush: true });
      await writeFile(join(directory, 'gone'), Buffer.alloc(50 * MIB, 'g'), { flush: true });
      await rm(join(directory, 'gone'));
    }
    assert.ok((await disks.space()).takenBytes >= 120 * MIB);
    await disks.reclaim();
    const { takenBytes } = await disks.space();
    assert.ok(takenBytes >= 20 * MIB && takenBytes < 24 * MIB, `${takenBytes} bytes taken`);
    for (const directory of [path, volumesPath]) {
      assert.ok((await readFile(join(directory, 'kept'))).equals(kept));
    }
  });

  it('is encrypted where that is asked for: nothing of a task can be read without its key', {
    skip: noEncryption,
  }, async (test) => {
    const { dir, disks } = await someDisks(test, true);
    const words = 'of-a-task-that-has-secrets ';
    const request = { taskId: 'task', sizeGiB: 1, volumesGiB: 1 };
    const made = await disks.create(request);
    for (const directory of [made.path, made.volumesPath]) {
      await writeFile(join(directory, words), Buffer.alloc(MIB, words), { flush: true });
    }
    execFileSync('sync', ['-f', made.path]);
    execFileSync('sync', ['-f', made.volumesPath]);
    for (const name of ['task.img', 'task.volumes.img']) {
      assert.equal(await fileHolds(join(dir, name), words.trim()), false);
    }
    // The key is the kernel's: another agent finds the disk as it was, whatever it is told for new ones.
    const next = new LoopTaskDisks({ dir });
    assert.deepEqual(await next.create(request), made);
    assert.ok((await readFile(join(made.path, words), 'latin1')).startsWith(words));
    await copyFile(join(dir, 'task.img'), join(dir, 'copy.img'), constants.COPYFILE_FICLONE);
    await disks.remove('task');
    await mkdir(join(dir, 'copy'));
    execFileSync('mount', ['-o', 'loop,ro', join(dir, 'copy.img'), join(dir, 'copy')]);
    const [name, ...others] = await readdir(join(dir, 'copy', 'encrypted'));
    assert.deepEqual(others, []);
    assert.notEqual(name, words);
    await assert.rejects(readFile(join(dir, 'copy', 'encrypted', name ?? '')), { errno: -ENOKEY });
  });

  it('is removed at once while a process still has a file open, and with dirty data', async (test) => {
    const { dir, disks } = await someDisks(test);
    const { path } = await disks.create({ taskId: 'task', sizeGiB: 1 });
    const file = await open(join(path, 'data'), 'w');
    await file.write(Buffer.alloc(64 * MIB, 'x'));
    await disks.remove('task');
    assert.deepEqual(await disks.list(), []);
    await file.close();
    assert.deepEqual(await leftIn(dir), []);
  });

  it('takes prepared images, and leaves none of its own or of a process that crashed', async (test) => {
    const { dir, disks } = await someDisks(test);
    await writeFile(join(dir, '.spare-1-1'), '');
    await disks.start();
    const spares = async () => (await readdir(dir)).filter((name) => name.startsWith('.spare-'));
    while ((await spares()).length < 4) await sleep(5);
    const { path } = await disks.create({ taskId: 'task', sizeGiB: 20 });
    await writeFile(join(path, 'works'), '');
    assert.deepEqual(await disks.list(), ['task']);
    await disks.remove('task');
    await disks.close();
    assert.deepEqual(await leftIn(dir), []);
  });

  it('sees and removes what a crash left half made', async (test) => {
    const { dir, disks } = await someDisks(test);
    await writeFile(join(dir, 'only-file.img'), '');
    await mkdir(join(dir, 'only-directory'));
    assert.deepEqual((await disks.list()).sort(), ['only-directory', 'only-file']);
    const { path } = await disks.create({ taskId: 'only-file', sizeGiB: 1 });
    await writeFile(join(path, 'works'), '');
    await disks.remove('only-file');
    await disks.remove('only-directory');
    assert.deepEqual(await leftIn(dir), []);
  });

  it('leaves nothing when it cannot be made', async (test) => {
    const { dir, disks } = await someDisks(test);
    // No file system makes a file of this size.
    await assert.rejects(disks.create({ taskId: 'task', sizeGiB: 10 ** 9 }), (error) =>
      hasKind(error, 'invalid'),
    );
    assert.deepEqual(await leftIn(dir), []);
  });

  it('makes sixty at once: more than the machine had devices for', async (test) => {
    const { dir, disks } = await someDisks(test);
    const ids = Array.from({ length: 60 }, (_, index) => `task-${index}`);
    const made = await Promise.all(ids.map((taskId) => disks.create({ taskId, sizeGiB: 20 })));
    const devices = await Promise.all(made.map(async ({ path }) => (await stat(path)).dev));
    assert.equal(new Set(devices).size, 60);
    await Promise.all(ids.map((taskId) => disks.remove(taskId)));
    assert.deepEqual(await leftIn(dir), []);
  });
});
