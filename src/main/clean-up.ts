/** Leaves nothing of tasks on the machine: for `neargate down --tasks`, when nothing of Neargate runs any more. */
import type { Config } from './config.ts';

/** Ends containers that are left, the private containerd, and removes their run state. May be repeated. */
export async function cleanUp(config: Config): Promise<void> {
  throw new Error(`not there yet: ${config.dataDir}`);
}
