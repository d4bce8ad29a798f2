/** What the kernel says of a container's cgroup, read by the test itself. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

export interface CgroupFigures {
  readonly cpuNs: number;
  /** Without what the kernel can take back. */
  readonly memoryBytes: number;
}

/** On cgroup v1 and v2. */
export async function cgroupFigures(runtimeId: string): Promise<CgroupFigures> {
  const taskId = runtimeId.slice(0, runtimeId.lastIndexOf('-'));
  if (await isThere(join(ROOT, 'cgroup.controllers'))) {
    const directory = await find(ROOT, taskId, runtimeId);
    const [cpu, memory] = [
      await pairs(join(directory, 'cpu.stat')),
      await pairs(join(directory, 'memory.stat')),
    ];
    const current = Number(await readFile(join(directory, 'memory.current'), 'utf8'));
    return {
      cpuNs: (cpu.get('usage_usec') ?? 0) * 1000,
      memoryBytes: current - (memory.get('inactive_file') ?? 0),
    };
  }
  const cpu = await find(join(ROOT, 'cpuacct'), taskId, runtimeId);
  const memory = await find(join(ROOT, 'memory'), taskId, runtimeId);
  const usage = Number(await readFile(join(memory, 'memory.usage_in_bytes'), 'utf8'));
  const cache = (await pairs(join(memory, 'memory.stat'))).get('cache') ?? 0;
  return { cpuNs: Number(await readFile(join(cpu, 'cpuacct.usage'), 'utf8')), memoryBytes: usage - cache };
}

async function find(root: string, taskId: string, runtimeId: string): Promise<string> {
  for (const name of await readdir(root)) {
    const directory = join(root, name, taskId, runtimeId);
    if (name.startsWith('neargate-') && (await isThere(directory))) return directory;
  }
  return assert.fail(`no cgroup of ${runtimeId} below ${root}`);
}

async function pairs(path: string): Promise<ReadonlyMap<string, number>> {
  const lines = (await readFile(path, 'utf8')).trim().split('\n');
  return new Map(lines.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
