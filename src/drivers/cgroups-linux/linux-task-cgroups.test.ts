/** Against directories that look like a cgroup v2 tree, or like v1 trees: what is written where. */
import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, readFile, readdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasKind } from '../../domain/errors.ts';
import { LinuxTaskCgroups } from './linux-task-cgroups.ts';

async function aRoot(test: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'neargate-cgroups-'));
  test.after(() => rm(root, { recursive: true, force: true }));
  return root;
}

async function aV2Root(test: TestContext, controllers = 'cpuset cpu io memory pids'): Promise<string> {
  const root = await aRoot(test);
  await writeFile(join(root, 'cgroup.controllers'), `${controllers}\n`);
  await writeFile(join(root, 'cgroup.subtree_control'), '\n');
  return root;
}

const read = (...path: string[]) => readFile(join(...path), 'utf8');
const LIMITS = { cpuUnits: 256, memoryMiB: 512 };

describe('LinuxTaskCgroups on cgroup v2', () => {
  it('writes the limits of the task, without swap', async (test) => {
    const root = await aV2Root(test);
    const cgroups = new LinuxTaskCgroups({ instance: 'test', parent: '/neargate', root });
    assert.deepEqual(await cgroups.create('task', LIMITS), { cgroupsPath: '/neargate/task' });
    assert.equal(await read(root, 'neargate/task/memory.max'), String(512 * 2 ** 20));
    assert.equal(await read(root, 'neargate/task/memory.swap.max'), '0');
    assert.equal(await read(root, 'neargate/task/cpu.max'), '25000 100000');
    assert.match(await read(root, 'neargate/task/pids.max'), /^[1-9]\d*$/);
  });

  it('hands the controllers down every level that has them', async (test) => {
    const root = await aV2Root(test);
    await mkdir(join(root, 'neargate/task'), { recursive: true });
    for (const level of ['neargate', 'neargate/task']) {
      await writeFile(join(root, level, 'cgroup.controllers'), 'cpu memory\n');
      await writeFile(join(root, level, 'cgroup.subtree_control'), level === 'neargate' ? 'cpu\n' : '\n');
    }
    await new LinuxTaskCgroups({ instance: 'test', parent: '/neargate', root }).create('task', LIMITS);
    // A plain file keeps the last write; in a cgroup tree each one adds.
    assert.equal(await read(root, 'cgroup.subtree_control'), '+pids');
    assert.equal(await read(root, 'neargate/cgroup.subtree_control'), '+memory');
    assert.equal(await read(root, 'neargate/task/cgroup.subtree_control'), '+memory');
  });

  it('says what is missing', async (test) => {
    const root = await aV2Root(test, 'cpu pids');
    const cgroups = new LinuxTaskCgroups({ instance: 'test', root });
    await assert.rejects(cgroups.create('task', LIMITS), (error) => {
      return hasKind(error, 'unimplemented') && error.message.includes('"memory"');
    });
  });

  it('kills by cgroup.kill, then removes from the leaves up', async (test) => {
    const root = await aV2Root(test);
    const cgroups = new LinuxTaskCgroups({ instance: 'test', parent: '/neargate', root });
    await cgroups.create('task', LIMITS);
    const task = join(root, 'neargate/task');
    await mkdir(join(task, 'container'));
    for (const directory of [task, join(task, 'container')])
      await writeFile(join(directory, 'cgroup.kill'), '');
    const removed = cgroups.remove('task');
    while ((await read(task, 'cgroup.kill')) !== '1') await sleep(1);
    // As the kernel does: files do not keep a cgroup from being removed.
    for (const directory of [join(task, 'container'), task]) await removeFiles(directory);
    await removed;
    await assert.rejects(access(task));
  });
});

describe('LinuxTaskCgroups on cgroup v1', () => {
  it('finds controllers that share a tree, and writes the limits there', async (test) => {
    const root = await aRoot(test);
    for (const tree of ['cpu,cpuacct', 'memory', 'pids']) {
      await mkdir(join(root, tree));
      await writeFile(join(root, tree, 'cgroup.procs'), '');
    }
    await symlink('cpu,cpuacct', join(root, 'cpu'));
    const cgroups = new LinuxTaskCgroups({ instance: 'test', parent: '/neargate', root });
    await cgroups.create('task', { cpuUnits: 2048, memoryMiB: 1024 });
    assert.equal(await read(root, 'memory/neargate/task/memory.limit_in_bytes'), String(2 ** 30));
    assert.equal(await read(root, 'memory/neargate/task/memory.memsw.limit_in_bytes'), String(2 ** 30));
    assert.equal(await read(root, 'cpu,cpuacct/neargate/task/cpu.cfs_quota_us'), '200000');
    assert.equal(await read(root, 'cpu,cpuacct/neargate/task/cpu.cfs_period_us'), '100000');
    assert.match(await read(root, 'pids/neargate/task/pids.max'), /^[1-9]\d*$/);
    assert.deepEqual(await cgroups.list(), ['task']);
  });

  it('says when there are no cgroups at all', async (test) => {
    const cgroups = new LinuxTaskCgroups({ instance: 'test', root: await aRoot(test) });
    await assert.rejects(cgroups.create('task', LIMITS), (error) => hasKind(error, 'unimplemented'));
  });
});

async function removeFiles(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isFile()) await unlink(join(directory, entry.name));
  }
}
