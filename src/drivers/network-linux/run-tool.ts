/** Runs one of the machine's tools. Nothing is read from the environment of this process. */
import { spawn } from 'node:child_process';
import { AppError } from '../../domain/errors.ts';
import type { Within } from '../../linux/sockets.ts';

const ENVIRONMENT = { PATH: '/usr/sbin:/sbin:/usr/bin:/bin', LC_ALL: 'C' };
const LONGEST_COMPLAINT = 500;

/**
 * Resolves with what the tool prints. `unimplemented` when it is not installed, `unavailable` with its words when
 * it fails: that is the machine's affair, and may be otherwise later.
 */
export function runTool(
  command: readonly string[],
  input = '',
  within: Within = (action) => action(),
): Promise<string> {
  const [program = '', ...parameters] = command;
  return new Promise((resolve, reject) => {
    // A process is in the namespace where it was made.
    const child = within(() => spawn(program, parameters, { env: ENVIRONMENT, stdio: 'pipe' }));
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
    child.stdin.on('error', () => undefined).end(input);
    child.on('error', (error) => {
      reject(new AppError('unimplemented', `${program} is not installed on this machine`, { cause: error }));
    });
    child.on('close', (status) => {
      if (status === 0) resolve(output);
      else
        reject(
          new AppError('unavailable', `${program} failed: ${complaint.trim().slice(0, LONGEST_COMPLAINT)}`),
        );
    });
  });
}
