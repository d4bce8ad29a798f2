/** What a task's limits are as cgroup files. */
import type { TaskLimits } from '../../ports/task-cgroups.ts';

const PERIOD_US = 100_000;
const UNITS_A_CPU = 1024;
const MIB = 2 ** 20;
/** The kernel takes no less. */
const SMALLEST_QUOTA_US = 1000;

/** Of what the kernel has for all: a task that makes processes without end leaves the machine enough to go on. */
const SHARE_OF_PROCESSES = 1 / 8;
/** As many as a machine of Fargate's size has. */
const MOST_PROCESSES = 32_768;

export interface Setting {
  readonly controller: 'cpu' | 'memory' | 'pids';
  readonly file: string;
  readonly value: string;
  /** Absent on machines without accounting of swap, or without a count of processes. */
  readonly optional?: true;
}

function quotaUs(cpuUnits: number): number {
  return Math.max(SMALLEST_QUOTA_US, Math.round((cpuUnits * PERIOD_US) / UNITS_A_CPU));
}

/** Processes and threads of a task, where the kernel has `all` of them at most. */
export function processesOfTask(all: number): number {
  return Math.min(MOST_PROCESSES, Math.floor(all * SHARE_OF_PROCESSES));
}

/** The files to write, in this order. A task has no swap. `processes` is what the kernel has of them at most. */
export function settingsFor(
  version: 1 | 2,
  { cpuUnits, memoryMiB }: TaskLimits,
  processes: number,
): readonly Setting[] {
  const bytes = String(memoryMiB * MIB);
  const pids = {
    controller: 'pids',
    file: 'pids.max',
    value: String(processesOfTask(processes)),
    optional: true,
  } as const;
  const quota = quotaUs(cpuUnits);
  if (version === 2) {
    return [
      { controller: 'memory', file: 'memory.max', value: bytes },
      { controller: 'memory', file: 'memory.swap.max', value: '0', optional: true },
      { controller: 'cpu', file: 'cpu.max', value: `${quota} ${PERIOD_US}` },
      pids,
    ];
  }
  return [
    { controller: 'memory', file: 'memory.limit_in_bytes', value: bytes },
    // Memory and swap together.
    { controller: 'memory', file: 'memory.memsw.limit_in_bytes', value: bytes, optional: true },
    { controller: 'cpu', file: 'cpu.cfs_period_us', value: String(PERIOD_US) },
    { controller: 'cpu', file: 'cpu.cfs_quota_us', value: String(quota) },
    pids,
  ];
}
