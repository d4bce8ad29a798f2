/** What this machine allows containers, as the agent's specs need to know it. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostLimits } from '../../domain/oci/runtime-spec.ts';
import { hardLimits } from './resource-limits.ts';

/** The runtime is started by this process, so it may do what this process may. */
export async function readHostLimits(cgroupRoot = '/sys/fs/cgroup'): Promise<HostLimits> {
  const [limits, status, most] = await Promise.all(
    ['/proc/self/limits', '/proc/self/status', '/proc/sys/fs/nr_open'].map((path) => readFile(path, 'utf8')),
  );
  return {
    hardLimits: hardLimits(limits ?? '', status ?? '', Number(most)),
    swapAccounting: await canLimitSwap(cgroupRoot),
  };
}

async function canLimitSwap(root: string): Promise<boolean> {
  if (await exists(join(root, 'memory', 'memory.memsw.limit_in_bytes'))) return true;
  // Version 2 has the file in every cgroup but the root.
  const children = await readdir(root, { withFileTypes: true }).catch(() => []);
  for (const child of children) {
    if (child.isDirectory() && (await exists(join(root, child.name, 'memory.swap.max')))) return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
