/** The processor time of processes. */
import { readFile } from 'node:fs/promises';

/** Linux counts processes' time in 1/100 s. */
const TICK_MS = 10;

/** What all threads of a process have used, in its own code and in the kernel. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name before may hold spaces; fields 14 and 15 stand 11 behind the state.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
