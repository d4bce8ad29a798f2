/** Programs that scripts run: they end with the script, also when it is interrupted. */
import { spawn } from 'node:child_process';

/**
 * Runs a program until it ends, or `signal` aborts: then it is killed. `onOutput` gets what it writes to stdout, as
 * text; without it, stdout is the terminal's. Its exit code; an Error when it could not be started, was killed, or
 * (without `mayFail`) ended with another code than 0.
 */
export async function start(program, args, { signal, onOutput, mayFail = false, env } = {}) {
  signal?.throwIfAborted();
  // The kernel kills it when this process is gone, however that came about.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    stdio: ['ignore', onOutput === undefined ? 'inherit' : 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    // Ctrl-C is this script's to handle.
    detached: true,
  });
  const kill = () => child.kill('SIGKILL');
  signal?.addEventListener('abort', kill);
  try {
    child.stdout?.setEncoding('utf8').on('data', onOutput);
    const code = await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exit, by) => resolve(exit ?? by));
    });
    signal?.throwIfAborted();
    if (code === 0 || (mayFail && typeof code === 'number')) return code;
    throw new Error(`${program} ended with ${code}`);
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

/** Fires when this script is asked to end, by Ctrl-C or otherwise; what it has made is then to be removed. */
export function interrupted() {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(name, () => controller.abort(new Error(`ended by ${name}`)));
  }
  return controller.signal;
}
