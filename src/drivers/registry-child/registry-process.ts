/**
 * One run of docker-registry. It ends with us, also when we are killed; one that was left over all the same is ended
 * before another starts, since both would write to the same files.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { AppError } from '../../domain/errors.ts';
import { hasEndedWithin, processesWithArguments, signalProcess } from '../../linux/process-identity.ts';
import type { RegistryPaths } from './registry-settings.ts';

const TERM_TIMEOUT_MS = 3000;
const KILL_TIMEOUT_MS = 5000;
const TAIL_LENGTH = 2000;
const NOT_FOUND_STATUS = 127;
/** What it traces is nobody's; without this it looks for a collector. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  OTEL_TRACES_EXPORTER: 'none',
};

export class RegistryProcess {
  readonly #child: ChildProcess;
  #tail = '';
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<void>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    // Of all that it says about every request, only the end is kept, for the case that it dies.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
    });
    this.ended = once(child, 'exit').then(
      () => undefined,
      () => undefined,
    );
  }

  /** Starts the server. `program`: `docker-registry`, or its path. */
  static start(program: string, paths: RegistryPaths): RegistryProcess {
    return new RegistryProcess(start([program, 'serve', paths.settings]));
  }

  /** Removes layers that no manifest names any more. Only while no server runs. True when all went well. */
  static async collectGarbage(program: string, paths: RegistryPaths, signal: AbortSignal): Promise<boolean> {
    const run = new RegistryProcess(start([program, 'garbage-collect', paths.settings]));
    const stop = (): void => void run.#child.kill('SIGKILL');
    signal.addEventListener('abort', stop);
    await run.ended;
    signal.removeEventListener('abort', stop);
    return run.#child.exitCode === 0;
  }

  get isRunning(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Why it ended by itself, for people. */
  failure(program: string): AppError {
    if (this.#child.exitCode === NOT_FOUND_STATUS) {
      return new AppError('unavailable', `${program} is not installed (Debian package docker-registry)`);
    }
    return new AppError('unavailable', `${program} has ended:\n${this.#tail.trim()}`);
  }

  /** SIGTERM, and SIGKILL when that is not enough. May be repeated. */
  async end(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), TERM_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }
}

/** Ends whatever still runs with these settings, whoever started it. */
export async function endLeftRegistry(paths: RegistryPaths): Promise<void> {
  for (const identity of await processesWithArguments([paths.settings])) {
    await signalProcess(identity, 'SIGTERM');
    if (await hasEndedWithin(identity, TERM_TIMEOUT_MS)) continue;
    await signalProcess(identity, 'SIGKILL');
    await hasEndedWithin(identity, KILL_TIMEOUT_MS);
  }
  await rm(paths.socket, { force: true });
}

/** It reads and writes files of its owner, and listens at a file: root's privileges are of no use to it. */
function withoutCapabilities(): string[] {
  // Nobody else has any, nor may take them away.
  return process.getuid?.() === 0
    ? ['--inh-caps', '-all', '--ambient-caps', '-all', '--bounding-set', '-all']
    : [];
}

function start(command: readonly string[]): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', '--no-new-privs', ...withoutCapabilities(), ...command], {
    cwd: '/',
    // Out of reach of a terminal's Ctrl-C, which is for us.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: ENVIRONMENT,
  });
}
