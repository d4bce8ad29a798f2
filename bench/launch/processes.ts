/** Runs programs for the sides that are started by a command. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Resolves with the output; rejects with the error output. */
export async function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: string[][] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out?.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => err?.push(text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code === 0) return out?.join('') ?? '';
  throw new Error(`${program} ${args.join(' ')}: ${err?.join('').trim() ?? ''} (${code})`);
}

/** True when the program is there and says yes. */
export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}

/** SIGTERM, then SIGKILL; resolves when it has ended. */
export async function end(child: ChildProcess, patienceMs = 10_000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  await exited;
  clearTimeout(timer);
}
