/** What this machine allows containers, as the agent's specs need to know it. */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostLimits } from '../../domain/oci/runtime-spec.ts';

/** Bit of CAP_SYS_RESOURCE: its holders may raise hard limits. */
const SYS_RESOURCE = 24n;
const LEAST_NOFILE = 1_024;

/** The runtime is started by this process, so it may do what this process may. */
export async function readHostLimits(cgroupRoot = '/sys/fs/cgroup'): Promise<HostLimits> {
  const [limits, status, most] = await Promise.all(
    ['/proc/self/limits', '/proc/self/status', '/proc/sys/fs/nr_open'].map((path) => readFile(path, 'utf8')),
  );
  return {
    nofileHard: hardNofile(limits ?? '', status ?? '', Number(most)),
    swapAccounting: await canLimitSwap(cgroupRoot),
  };
}

/** From the text of /proc/self/limits and /proc/self/status, and the number in fs.nr_open. */
export function hardNofile(limits: string, status: string, most: number): number {
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  if ((capabilities >> SYS_RESOURCE) & 1n) return most;
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  if (hard === 'unlimited') return most;
  return Number(hard ?? LEAST_NOFILE);
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
