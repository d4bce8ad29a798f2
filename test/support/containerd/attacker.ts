/** Somebody who changes files while containers are made. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** `script` is a shell's; it prints something once it begins, and is killed when the action has ended. */
export async function beside<T>(
  script: string,
  parameters: readonly string[],
  action: () => Promise<T>,
): Promise<T> {
  const attacker = spawn('sh', ['-c', script, 'sh', ...parameters], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(attacker.stdout, 'data');
    return await action();
  } finally {
    attacker.kill('SIGKILL');
  }
}
