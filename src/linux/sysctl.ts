/** Kernel settings under /proc/sys. Those below `net` belong to the namespace where the thread is: hence at once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { nodeError } from './errno.ts';

/** Parts of the name, e.g. `['net', 'ipv4', 'conf', 'eth1', 'rp_filter']` (interfaces may have dots). */
export type SysctlName = readonly string[];

function pathOf(name: SysctlName): string {
  return `/proc/sys/${name.join('/')}`;
}

/** The setting's text, or undefined where this kernel does not have it. */
export function readSysctl(name: SysctlName): string | undefined {
  try {
    return readFileSync(pathOf(name), 'latin1').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw nodeError(error, pathOf(name));
  }
}

/** Writes a setting. False where this kernel does not have it. */
export function writeSysctl(name: SysctlName, value: string | number): boolean {
  try {
    writeFileSync(pathOf(name), String(value), { flag: 'r+' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw nodeError(error, pathOf(name));
  }
}
