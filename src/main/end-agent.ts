/** Ends an agent that outlived the control plane that started it. Its tasks go on. */
import { systemClock } from '../drivers/system/system-clock.ts';
import { readPidFile } from './pid-file.ts';

const POLL_MS = 20;
const GRACE_MS = 5_000;

/** SIGTERM, and SIGKILL when that does not do; resolves when no agent of the pid file lives. May be repeated. */
export async function endAgent(pidFile: string): Promise<void> {
  const deadline = systemClock.now() + GRACE_MS;
  for (let name: NodeJS.Signals = 'SIGTERM'; ; await systemClock.sleep(POLL_MS)) {
    const agent = await readPidFile(pidFile);
    if (agent === undefined) return;
    if (systemClock.now() > deadline) name = 'SIGKILL';
    try {
      process.kill(agent.pid, name);
    } catch {
      // It has just ended.
    }
  }
}
