/** What a container's cgroup says of it, in the units of `ContainerFigures`. Files are the kernel's, of v1 and v2. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlockRow, ContainerFigures } from '../../domain/metadata/statistics.ts';
import { nodeError } from '../../linux/errno.ts';
import type { Hierarchies } from './hierarchies.ts';

const NS_A_US = 1000;
/** cpuacct.stat counts in hundredths of a second. */
const NS_A_TICK = 10_000_000;
/** From here on a limit is what the kernel calls none. */
const NO_LIMIT = 2 ** 62;

/** `not-found` when the cgroup is not there. */
export function readFigures(trees: Hierarchies, cgroup: string): Promise<ContainerFigures> {
  return trees.version === 2 ? readV2(join(trees.cpu, cgroup)) : readV1(trees, cgroup);
}

async function readV1(trees: Hierarchies, cgroup: string): Promise<ContainerFigures> {
  const cpu = join(trees.cpu, cgroup);
  const accounts = join(trees.accounts ?? trees.cpu, cgroup);
  const memory = join(trees.memory, cgroup);
  const block = trees.block === undefined ? undefined : join(trees.block, cgroup);
  const [usage, ticks, perCpu, throttling] = await Promise.all([
    readNumber(accounts, 'cpuacct.usage'),
    readPairs(accounts, 'cpuacct.stat'),
    readWords(accounts, 'cpuacct.usage_percpu'),
    readPairs(cpu, 'cpu.stat'),
  ]);
  const [used, most, failures, limit, stats] = await Promise.all([
    readNumber(memory, 'memory.usage_in_bytes'),
    readNumber(memory, 'memory.max_usage_in_bytes'),
    readNumber(memory, 'memory.failcnt'),
    readNumber(memory, 'memory.limit_in_bytes'),
    readPairs(memory, 'memory.stat'),
  ]);
  const [bytes, operations, processes] = await Promise.all([
    block === undefined ? [] : readBlockV1(block, 'blkio.throttle.io_service_bytes_recursive'),
    block === undefined ? [] : readBlockV1(block, 'blkio.throttle.io_serviced_recursive'),
    readWords(memory, 'cgroup.procs'),
  ]);
  return {
    cpu: {
      total: usage,
      kernel: (ticks['system'] ?? 0) * NS_A_TICK,
      user: (ticks['user'] ?? 0) * NS_A_TICK,
      perCpu: perCpu.map(Number),
      periods: throttling['nr_periods'] ?? 0,
      throttledPeriods: throttling['nr_throttled'] ?? 0,
      throttledTime: throttling['throttled_time'] ?? 0,
    },
    memory: {
      ...{ usage: used, maxUsage: most, failures, stats },
      ...(limit < NO_LIMIT && { limit }),
    },
    block: { bytes, operations },
    processes: processes.length,
  };
}

async function readV2(cgroup: string): Promise<ContainerFigures> {
  const [cpu, usage, limit, stats] = await Promise.all([
    readPairs(cgroup, 'cpu.stat'),
    readNumber(cgroup, 'memory.current'),
    readText(cgroup, 'memory.max'),
    readPairs(cgroup, 'memory.stat'),
  ]);
  const [most, io, processes] = await Promise.all([
    readNumber(cgroup, 'memory.peak').catch(() => undefined),
    readText(cgroup, 'io.stat').catch(() => ''),
    readWords(cgroup, 'cgroup.procs'),
  ]);
  return {
    cpu: {
      total: (cpu['usage_usec'] ?? 0) * NS_A_US,
      kernel: (cpu['system_usec'] ?? 0) * NS_A_US,
      user: (cpu['user_usec'] ?? 0) * NS_A_US,
      perCpu: [],
      periods: cpu['nr_periods'] ?? 0,
      throttledPeriods: cpu['nr_throttled'] ?? 0,
      throttledTime: (cpu['throttled_usec'] ?? 0) * NS_A_US,
    },
    memory: {
      ...{ usage, stats },
      ...(most !== undefined && { maxUsage: most }),
      ...(limit.trim() !== 'max' && { limit: Number(limit) }),
    },
    block: {
      bytes: blockRows(io, { rbytes: 'read', wbytes: 'write' }),
      operations: blockRows(io, { rios: 'read', wios: 'write' }),
    },
    processes: processes.length,
  };
}

/** Lines like `8:0 Read 4096`; the sum of all devices has no numbers of one. */
async function readBlockV1(cgroup: string, file: string): Promise<BlockRow[]> {
  // Without CONFIG_BLK_DEV_THROTTLING the kernel keeps no count.
  const text = await readText(cgroup, file).catch(() => '');
  return [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, op = '', value]) => ({
    major: Number(major),
    minor: Number(minor),
    op,
    value: Number(value),
  }));
}

/** Lines like `8:0 rbytes=4096 wbytes=0 rios=1 …`. */
function blockRows(text: string, names: Readonly<Record<string, string>>): BlockRow[] {
  return [...text.matchAll(/^(\d+):(\d+) (.*)$/gm)].flatMap(([, major, minor, rest = '']) =>
    Object.entries(names).flatMap(([name, op]) => {
      const [, value] = new RegExp(`(?:^| )${name}=(\\d+)`).exec(rest) ?? [];
      if (value === undefined) return [];
      return [{ major: Number(major), minor: Number(minor), op, value: Number(value) }];
    }),
  );
}

async function readText(cgroup: string, file: string): Promise<string> {
  try {
    return await readFile(join(cgroup, file), 'latin1');
  } catch (error) {
    // A cgroup that is taken away meanwhile: its open files say so.
    const { code } = error as NodeJS.ErrnoException;
    throw nodeError(code === 'ENODEV' ? Object.assign(new Error('gone'), { code: 'ENOENT' }) : error, file);
  }
}

async function readNumber(cgroup: string, file: string): Promise<number> {
  return Number(await readText(cgroup, file));
}

async function readWords(cgroup: string, file: string): Promise<string[]> {
  const text = (await readText(cgroup, file)).trim();
  return text === '' ? [] : text.split(/\s+/);
}

async function readPairs(cgroup: string, file: string): Promise<Record<string, number>> {
  const text = await readText(cgroup, file);
  return Object.fromEntries(
    [...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}
