/** How many processes of a cgroup the kernel has killed for want of memory, as the cgroup counts it. */
import { existsSync, readFileSync } from 'node:fs';

const CGROUPS = '/sys/fs/cgroup';
const MEMORY_HIERARCHY = `${CGROUPS}/memory`;

/** The file that has the count. `cgroup` is a path below the root of the hierarchy. */
export function killCountFile(cgroup: string): string {
  return existsSync(MEMORY_HIERARCHY)
    ? `${MEMORY_HIERARCHY}${cgroup}/memory.oom_control`
    : `${CGROUPS}${cgroup}/memory.events`;
}

/** Undefined when the cgroup is gone. Synchronous: these files are the kernel's memory. */
export function readKillCount(file: string): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}

/** The cgroup in v1's memory hierarchy, from /proc/<pid>/cgroup; undefined under v2. */
export function memoryCgroup(table: string): string | undefined {
  for (const line of table.split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers.split(',').includes('memory')) return path.join(':');
  }
  return undefined;
}
