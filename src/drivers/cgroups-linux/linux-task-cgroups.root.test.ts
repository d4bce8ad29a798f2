import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, readdir, readlink, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { describeTaskCgroups } from '../../ports/testing/task-cgroups-suite.ts';
import { findHierarchies } from './hierarchies.ts';
import { LinuxTaskCgroups } from './linux-task-cgroups.ts';

const ROOT = '/sys/fs/cgroup';
const skip = process.getuid?.() !== 0 && 'needs root';

async function cgroupsUnder(parent: string): Promise<string[]> {
  const { trees } = await findHierarchies(ROOT);
  const found = await Promise.all(trees.map((tree) => readdir(join(tree, parent)).catch(() => [])));
  return found.flat();
}

/** Of this process. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  return await Promise.all(descriptors.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => '')));
}

describeTaskCgroups(
  'LinuxTaskCgroups',
  async () => {
    const parent = `/ng-test-${randomBytes(4).toString('hex')}`;
    const cgroups = new LinuxTaskCgroups({ instance: parent });
    const { cgroupsPath } = await cgroups.create('probe', { cpuUnits: 256, memoryMiB: 512 });
    await cgroups.remove('probe');
    return {
      cgroups,
      leftovers: () => cgroupsUnder(cgroupsPath.slice(0, cgroupsPath.lastIndexOf('/'))),
      close: async () => undefined,
    };
  },
  { skip },
);

describe('LinuxTaskCgroups on this machine', { skip }, () => {
  it('limits the task, and kills what is inside when it is removed', async () => {
    const cgroups = new LinuxTaskCgroups({ instance: randomBytes(8).toString('hex') });
    const { version, trees, cpu, memory } = await findHierarchies(ROOT);
    const { cgroupsPath } = await cgroups.create('task', { cpuUnits: 512, memoryMiB: 64 });
    const child = spawn('sleep', ['60']);
    const exit = once(child, 'exit');
    try {
      const memoryFile = version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
      assert.equal(
        (await readFile(join(memory, cgroupsPath, memoryFile), 'utf8')).trim(),
        String(64 * 2 ** 20),
      );
      const cpuFile = version === 2 ? 'cpu.max' : 'cpu.cfs_quota_us';
      assert.match(await readFile(join(cpu, cgroupsPath, cpuFile), 'utf8'), /^50000\b/);
      for (const tree of [...new Set([cpu, memory])]) {
        await mkdir(join(tree, cgroupsPath, 'container', 'deeper'), { recursive: true });
        await writeFile(join(tree, cgroupsPath, 'container', 'deeper', 'cgroup.procs'), String(child.pid));
      }
    } finally {
      await cgroups.remove('task');
      child.kill('SIGKILL');
    }
    const [code, signal] = (await exit) as [number | null, string | null];
    assert.deepEqual([code, signal], [null, 'SIGKILL']);
    const parent = cgroupsPath.slice(0, cgroupsPath.lastIndexOf('/'));
    for (const tree of trees)
      await assert.rejects(readdir(join(tree, parent)), `${parent} is left in ${tree}`);
  });

  it('reads a container that was started again, and keeps no file open of a task that is gone', async () => {
    const cgroups = new LinuxTaskCgroups({ instance: randomBytes(8).toString('hex') });
    const { trees } = await findHierarchies(ROOT);
    const { cgroupsPath } = await cgroups.create('task', { cpuUnits: 256, memoryMiB: 64 });
    const inAll = trees.map((tree) => join(tree, cgroupsPath, 'container'));
    try {
      for (let run = 1; run <= 2; run += 1) {
        await Promise.all(inAll.map((path) => mkdir(path, { recursive: true })));
        for (let reading = 1; reading <= 2; reading += 1) {
          assert.equal((await cgroups.figures('task', 'container')).processes, 0);
        }
        await Promise.all(inAll.map((path) => rmdir(path)));
      }
      await assert.rejects(cgroups.figures('task', 'container'), (error) => hasKind(error, 'not-found'));
      await Promise.all(inAll.map((path) => mkdir(path, { recursive: true })));
      await cgroups.figures('task', 'container');
    } finally {
      await cgroups.remove('task');
    }
    assert.deepEqual(
      (await openFiles()).filter((path) => path.includes(cgroupsPath)),
      [],
    );
  });

  it('removes half of a task: cgroups in one tree only', async () => {
    const cgroups = new LinuxTaskCgroups({ instance: randomBytes(8).toString('hex') });
    const { cgroupsPath } = await cgroups.create('whole', { cpuUnits: 256, memoryMiB: 64 });
    const { cpu } = await findHierarchies(ROOT);
    await mkdir(join(cpu, cgroupsPath, '..', 'half'));
    assert.deepEqual((await cgroups.list()).sort(), ['half', 'whole']);
    await cgroups.remove('half');
    await cgroups.remove('whole');
    assert.deepEqual(await cgroups.list(), []);
  });
});
