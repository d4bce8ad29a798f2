/** What a container's cgroup says of it, in the units of `ContainerFigures`. Files are the kernel's, of v1 and v2. */
import { join } from 'node:path';
import type { BlockRow, ContainerFigures } from '../../domain/metadata/statistics.ts';
import { nodeError } from '../../linux/errno.ts';
import type { HeldFiles } from '../../linux/held-files.ts';
import type { Hierarchies } from './hierarchies.ts';

const NS_A_US = 1000;
/** cpuacct.stat counts in hundredths of a second. */
const NS_A_TICK = 10_000_000;
/** From here on a limit is what the kernel calls none. */
const NO_LIMIT = 2 ** 62;

/** Throws `not-found` when the cgroup is not there. */
export function readFigures(files: HeldFiles, trees: Hierarchies, cgroup: string): ContainerFigures {
  return trees.version === 2 ? readV2(files, join(trees.cpu, cgroup)) : readV1(files, trees, cgroup);
}

function readV1(files: HeldFiles, trees: Hierarchies, cgroup: string): ContainerFigures {
  const cpu = join(trees.cpu, cgroup);
  const accounts = join(trees.accounts ?? trees.cpu, cgroup);
  const memory = join(trees.memory, cgroup);
  const block = trees.block === undefined ? undefined : join(trees.block, cgroup);
  const ticks = readPairs(files, accounts, 'cpuacct.stat');
  const throttling = readPairs(files, cpu, 'cpu.stat');
  const limit = readNumber(files, memory, 'memory.limit_in_bytes');
  return {
    cpu: {
      total: readNumber(files, accounts, 'cpuacct.usage'),
      kernel: (ticks['system'] ?? 0) * NS_A_TICK,
      user: (ticks['user'] ?? 0) * NS_A_TICK,
      perCpu: readWords(files, accounts, 'cpuacct.usage_percpu').map(Number),
      periods: throttling['nr_periods'] ?? 0,
      throttledPeriods: throttling['nr_throttled'] ?? 0,
      throttledTime: throttling['throttled_time'] ?? 0,
    },
    memory: {
      usage: readNumber(files, memory, 'memory.usage_in_bytes'),
      maxUsage: readNumber(files, memory, 'memory.max_usage_in_bytes'),
      failures: readNumber(files, memory, 'memory.failcnt'),
      stats: readPairs(files, memory, 'memory.stat'),
      ...(limit < NO_LIMIT && { limit }),
    },
    block: {
      bytes:
        block === undefined ? [] : readBlockV1(files, block, 'blkio.throttle.io_service_bytes_recursive'),
      operations:
        block === undefined ? [] : readBlockV1(files, block, 'blkio.throttle.io_serviced_recursive'),
    },
    processes: readWords(files, memory, 'cgroup.procs').length,
  };
}

function readV2(files: HeldFiles, cgroup: string): ContainerFigures {
  const cpu = readPairs(files, cgroup, 'cpu.stat');
  const limit = readText(files, cgroup, 'memory.max');
  const most = files.readIfThere(`${cgroup}/memory.peak`);
  const io = files.readIfThere(`${cgroup}/io.stat`) ?? '';
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
      usage: readNumber(files, cgroup, 'memory.current'),
      stats: readPairs(files, cgroup, 'memory.stat'),
      ...(most !== undefined && { maxUsage: Number(most) }),
      ...(limit.trim() !== 'max' && { limit: Number(limit) }),
    },
    block: {
      bytes: blockRows(io, { rbytes: 'read', wbytes: 'write' }),
      operations: blockRows(io, { rios: 'read', wios: 'write' }),
    },
    processes: readWords(files, cgroup, 'cgroup.procs').length,
  };
}

/** Lines like `8:0 Read 4096`; the sum of all devices has no numbers of one. */
function readBlockV1(files: HeldFiles, cgroup: string, file: string): BlockRow[] {
  // Without CONFIG_BLK_DEV_THROTTLING the kernel keeps no count.
  const text = files.readIfThere(`${cgroup}/${file}`) ?? '';
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

function readText(files: HeldFiles, cgroup: string, file: string): string {
  try {
    return files.read(`${cgroup}/${file}`);
  } catch (error) {
    // A cgroup that is taken away meanwhile: its open files say so.
    const { code } = error as NodeJS.ErrnoException;
    throw nodeError(code === 'ENODEV' ? Object.assign(new Error('gone'), { code: 'ENOENT' }) : error, file);
  }
}

function readNumber(files: HeldFiles, cgroup: string, file: string): number {
  return Number(readText(files, cgroup, file));
}

function readWords(files: HeldFiles, cgroup: string, file: string): string[] {
  const text = readText(files, cgroup, file).trim();
  return text === '' ? [] : text.split(/\s+/);
}

/** Lines of a name and a number. */
function readPairs(files: HeldFiles, cgroup: string, file: string): Record<string, number> {
  const pairs: Record<string, number> = {};
  for (const line of readText(files, cgroup, file).split('\n')) {
    const space = line.indexOf(' ');
    if (space > 0) pairs[line.slice(0, space)] = Number(line.slice(space + 1));
  }
  return pairs;
}
