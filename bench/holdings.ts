/** What a process holds. */
import { readdir, readFile } from 'node:fs/promises';

export interface Holdings {
  readonly residentMiB: number;
  readonly descriptors: number;
}

/** Rejects when there is no such process. */
export async function holdings(pid: number): Promise<Holdings> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { residentMiB: Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024, descriptors };
}
