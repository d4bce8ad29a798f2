/** Which programs are on this machine, and how one is run with the terminal. */
import { spawnSync, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** In a usual directory, also where the PATH of a user has it not, or on the PATH. */
export function hasPrograms(...names: readonly string[]): boolean {
  return names.every(
    (name) => DIRECTORIES.some((directory) => existsSync(`${directory}/${name}`)) || isOnPath(name),
  );
}

function isOnPath(name: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0;
}

/** Its exit status (1 when it could not be started or was killed). */
export function runProgram([program = '', ...args]: readonly string[], stdio: StdioOptions): number {
  return spawnSync(program, args, { stdio }).status ?? 1;
}

/** The same as root, by sudo where need be; it may ask for a password on a terminal only. */
export function runAsRoot(command: readonly string[], output: 'inherit' | 'ignore' = 'inherit'): number {
  if (process.getuid?.() === 0) return runProgram(command, output);
  const asks = process.stdin.isTTY;
  const sudo = asks ? ['sudo'] : ['sudo', '--non-interactive'];
  return runProgram([...sudo, ...command], asks ? ['inherit', output, 'inherit'] : output);
}
