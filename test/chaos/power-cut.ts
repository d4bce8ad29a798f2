/**
 * What a power cut leaves of an instance: what is on its disk. Every process of it is killed at once, and what only the
 * kernel had is gone: mounts, namespaces, interfaces, firewall, loop devices, cgroups, and files of /run.
 */
import { execFile } from 'node:child_process';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { unmount } from '../../src/linux/mount.ts';
import { mountsBelow } from '../../src/linux/mount-table.ts';
import { findLeftovers } from '../../src/drivers/containerd/leftover-containers.ts';
import { containerdPaths } from '../../src/drivers/containerd/containerd-config.ts';
import { Names } from '../../src/drivers/network-linux/names.ts';
import { patient } from '../../src/ports/testing/patience.ts';
import { processesOf } from '../support/neargate/processes.ts';

const run = promisify(execFile);
const GONE_MS = patient(30_000);
const NAMESPACES = '/run/netns';
const CGROUPS = '/sys/fs/cgroup';

/** `keepsRun`: files that lie on a tmpfs elsewhere (pid files, sockets, containerd's state) survive, as files do. */
export async function cutPower(dataDir: string, { keepsRun }: { keepsRun: boolean }): Promise<void> {
  const names = new Names(dataDir);
  const leftovers = await findLeftovers(containerdPaths(join(dataDir, 'containerd')).state);
  await killAll(dataDir);
  for (const mount of await mountsBelow(dataDir)) await unmount(mount);
  for (const name of await namesIn(NAMESPACES)) {
    if (name.startsWith(names.vpcPrefix)) await run('ip', ['netns', 'delete', name]);
  }
  for (const link of await linksWith(names.uplinkPrefix)) {
    await run('ip', ['link', 'delete', link]).catch(() => undefined);
  }
  await until(async () => (await linksWith(names.uplinkPrefix)).length === 0, 'interfaces are still there');
  await deleteTables(names.hostTable);
  await detachLoops(dataDir);
  await removeCgroups(names.vpcPrefix.slice(3, -1));
  for (const path of [...leftovers.states, ...leftovers.shimSockets]) {
    await rm(path, { recursive: true, force: true });
  }
  if (keepsRun) return;
  await rm(join(dataDir, 'run'), { recursive: true, force: true });
  const { state, pidFile, socket, ttrpcSocket } = containerdPaths(join(dataDir, 'containerd'));
  for (const path of [state, pidFile, socket, ttrpcSocket]) await rm(path, { recursive: true, force: true });
}

async function killAll(dataDir: string): Promise<void> {
  await until(async () => {
    const found = await processesOf(dataDir);
    for (const { pid } of found) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }
    return found.length === 0;
  }, 'processes do not end');
}

/** Interfaces of the host whose names begin so. */
export async function linksWith(prefix: string): Promise<string[]> {
  const { stdout } = await run('ip', ['-o', 'link']);
  return stdout
    .split('\n')
    .map((line) => line.split(': ')[1]?.split('@')[0] ?? '')
    .filter((name) => name.startsWith(prefix));
}

async function deleteTables(name: string): Promise<void> {
  const { stdout } = await run('nft', ['list', 'tables']);
  for (const line of stdout.split('\n')) {
    const [, family = '', table] = line.split(' ');
    if (table === name) await run('nft', ['delete', 'table', family, table]);
  }
}

/** Most go with their mounts. */
async function detachLoops(dataDir: string): Promise<void> {
  const { stdout } = await run('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  for (const line of stdout.split('\n')) {
    const [device = '', file = ''] = line.trim().split(/\s+/);
    if (file.startsWith(`${dataDir}/`)) await run('losetup', ['--detach', device]).catch(() => undefined);
  }
}

async function removeCgroups(tag: string): Promise<void> {
  for (const controller of ['', ...(await namesIn(CGROUPS))]) {
    for (const name of await namesIn(join(CGROUPS, controller))) {
      if (!name.startsWith('neargate') || !name.endsWith(tag)) continue;
      await until(
        () =>
          removeTree(join(CGROUPS, controller, name)).then(
            () => true,
            () => false,
          ),
        'cgroups stay',
      );
    }
  }
}

/** Directories only: what is in a cgroup's directory is not removed. */
async function removeTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  }
  await rmdir(directory);
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = performance.now() + GONE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`power cut: ${otherwise}`);
    await delay(10);
  }
}
