/** Processor time of the whole machine. */
import { KernelFiles } from '../../linux/kernel-files.ts';

/** Linux counts in hundredths of a second. */
const NS_A_TICK = 10_000_000;
/** user, nice, system, idle, iowait, irq, softirq: as Docker adds them. */
const COLUMNS = 7;

/** Since the machine was started, idle time included, nanoseconds. */
export async function systemCpu(): Promise<number> {
  const stat = new KernelFiles().read('/proc/stat');
  const [line = ''] = stat.split('\n', 1);
  const ticks = line
    .trim()
    .split(/\s+/)
    .slice(1, 1 + COLUMNS)
    .map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) * NS_A_TICK;
}
