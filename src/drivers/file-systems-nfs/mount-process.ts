/** Runs the mount program, within a network namespace and a time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { AppError } from '../../domain/errors.ts';
import type { Within } from '../../linux/sockets.ts';
import type { MountCommand } from './mount-program.ts';

/** A process that the kernel lets go of ends at once; one that it keeps is not waited for. */
const KILL_MS = 2000;

/** `done`, the name of an errno, or `timeout`. */
export type MountOutcome = string;

export interface MountRun {
  readonly command: MountCommand;
  readonly within: Within;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export class MountProcess {
  readonly #program: readonly string[];

  /** `program` starts the mount program: an executable and its first arguments. */
  constructor(program: readonly string[]) {
    this.#program = program;
  }

  /**
   * Resolves with the outcome; after a `timeout` the process has been killed, whatever it had done by then. Throws the
   * signal's reason when it fires, and `internal` when the program cannot be run.
   */
  async run({ command, within, timeoutMs, signal }: MountRun): Promise<MountOutcome> {
    signal?.throwIfAborted();
    const [executable = '', ...parameters] = this.#program;
    const argument = JSON.stringify(command);
    // A process is in the namespace where it was made.
    const child = within(() =>
      spawn(executable, [...parameters, argument], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    const ended = outcomeOf(child);
    const late = AbortSignal.timeout(timeoutMs);
    const end = signal === undefined ? late : AbortSignal.any([late, signal]);
    try {
      const outcome = await Promise.race([ended, whenAborted(end)]);
      if (outcome !== undefined) return outcome;
      child.kill('SIGKILL');
      await Promise.race([ended.catch(() => undefined), whenAborted(AbortSignal.timeout(KILL_MS))]);
      signal?.throwIfAborted();
      return 'timeout';
    } finally {
      ended.catch(() => undefined);
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
    }
  }
}

function outcomeOf(child: ChildProcess): Promise<MountOutcome> {
  let printed = '';
  let complaint = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new AppError('internal', `the mount program cannot be run: ${why}`, { cause }));
    child.once('error', (error) => fail(error.message, error));
    child.once('close', (status) => {
      if (status === 0) resolve(printed === '' ? 'done' : printed);
      else fail(complaint.trim().slice(0, 500) || `status ${status}`);
    });
  });
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
