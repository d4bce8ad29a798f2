/**
 * A containerd of our own: started detached, so that it and all containers outlive whoever started it, and adopted
 * when it runs already. Its directory holds its root, state, sockets, settings, log and pid file; with a containerd of
 * the host it shares only /run/containerd/s, where every shim puts its socket under a hashed name.
 * A process is known by pid and start time, so that a pid that went to another process is never signalled.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { unmount } from '../../linux/mount.ts';
import type { Logger } from '../../ports/logger.ts';
import { assertNotAborted } from './aborted.ts';
import { ContainerdClient } from './grpc/containerd-client.ts';
import { type ContainerdPaths, containerdConfig, containerdPaths } from './containerd-config.ts';
import { findLeftovers } from './leftover-containers.ts';
import { mountsBelow } from '../../linux/mount-table.ts';
import {
  hasEndedWithin,
  isRunning,
  type ProcessIdentity,
  processesWithArguments,
  readIdentity,
  signalProcess,
} from '../../linux/process-identity.ts';
import { assertOverlayPath } from './mounts/rootfs-mount.ts';
import { assertSocketPath } from './unix-socket-path.ts';

export interface ManagedContainerdOptions {
  /** Absolute; made when missing, 0700. Keep it short: a socket's path may have 107 bytes. */
  readonly directory: string;
  /** The program; looked up in PATH when it has no slash. */
  readonly binary?: string;
  readonly log: Logger;
}

export interface RunningContainerd {
  readonly socketPath: string;
  readonly pid: number;
  readonly version: string;
  /** It ran already before this call. */
  readonly adopted: boolean;
}

const START_TIMEOUT_MS = 20_000;
const TERM_TIMEOUT_MS = 5000;
const WATCH_INTERVAL_MS = 1000;
/** The log is looked at every ten minutes. */
const ROUNDS_A_TRIM = 600;
const LONGEST_PAUSE_MS = 60_000;
const LOG_TAIL_BYTES = 2000;
/** Each container adds about 2 KB. */
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

export class ManagedContainerd {
  readonly paths: ContainerdPaths;
  readonly #binary: string;
  readonly #log: Logger;

  constructor(options: ManagedContainerdOptions) {
    this.paths = containerdPaths(options.directory);
    this.#binary = options.binary ?? 'containerd';
    this.#log = options.log;
    assertOverlayPath(options.directory);
    assertSocketPath(this.paths.ttrpcSocket);
  }

  /**
   * Resolves when containerd answers: the one that runs already, or a new one. May be repeated. `unavailable` with
   * the end of its log when it does not come up; `not-found` when the program is not installed.
   */
  async start(signal?: AbortSignal): Promise<RunningContainerd> {
    const running = await this.find();
    if (running !== undefined) {
      await this.trimLog();
      try {
        return await this.#whenReady(running, true, signal);
      } catch (error) {
        // It was about to end, or ended just now; any other reason would hold for a new one too.
        if (await isRunning(running)) throw error;
        this.#log.warn('containerd ended while it was being adopted', { pid: running.pid });
      }
    }
    return this.#whenReady(await this.#spawn(), false, signal);
  }

  /** Starts containerd again whenever it has ended, until the signal fires; keeps its log short. Never rejects. */
  async supervise(signal: AbortSignal): Promise<void> {
    let pauseMs = WATCH_INTERVAL_MS;
    for (let round = 1; !signal.aborted; round += 1) {
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        if (round % ROUNDS_A_TRIM === 0) await this.trimLog();
        if ((await this.find()) === undefined) {
          this.#log.warn('containerd has ended and is started again');
          await this.start(signal);
        }
        pauseMs = WATCH_INTERVAL_MS;
      } catch (error) {
        this.#log.error('containerd does not start', { error: String(error) });
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  /** The process, when it runs. */
  async find(): Promise<ProcessIdentity | undefined> {
    const recorded = await this.#readPidFile();
    if (recorded !== undefined && (await isRunning(recorded))) return recorded;
    // Killed between starting it and writing the file: it is known by its arguments.
    const [found] = await processesWithArguments(['--config', this.paths.config]);
    if (found !== undefined) await this.#writePidFile(found);
    return found;
  }

  /** Ends containerd and nothing else: containers go on. May be repeated. */
  async stop(): Promise<void> {
    const identity = await this.find();
    if (identity !== undefined) {
      await signalProcess(identity, 'SIGTERM');
      if (!(await hasEndedWithin(identity, TERM_TIMEOUT_MS))) {
        await signalProcess(identity, 'SIGKILL');
        if (!(await hasEndedWithin(identity, TERM_TIMEOUT_MS))) {
          throw new AppError('deadline', `containerd (process ${identity.pid}) does not end`);
        }
      }
    }
    await rm(this.paths.pidFile, { force: true });
  }

  /** Ends containerd when no container is left: what lay in memory for containers goes, too. May be repeated. */
  async stopForGood(): Promise<void> {
    await this.stop();
    await this.#unmountAll();
  }

  /** Empties the log when it has grown too long. containerd only ever appends to it, so this may be done at any time. */
  async trimLog(): Promise<void> {
    const handle = await open(this.paths.log, 'a', 0o600);
    try {
      if ((await handle.stat()).size > LOG_LIMIT_BYTES) await handle.truncate(0);
    } finally {
      await handle.close();
    }
  }

  /**
   * Ends containerd and removes all that it has: images, state, sockets. Containers are to be deleted through the
   * runtime before; processes of those that were not are killed (their cgroups stay for whoever made the parents).
   */
  async destroy(): Promise<void> {
    await this.stop();
    const { processes, states, shimSockets } = await findLeftovers(this.paths.state);
    const shims = await processesWithArguments(['-address', this.paths.socket]);
    for (const identity of [...processes, ...shims]) {
      this.#log.warn('a process of a container was left over', { pid: identity.pid });
      await signalProcess(identity, 'SIGKILL');
      await hasEndedWithin(identity, TERM_TIMEOUT_MS);
    }
    await this.#unmountAll();
    for (const path of [...states, ...shimSockets]) await rm(path, { recursive: true, force: true });
    await rm(this.paths.directory, { recursive: true, force: true });
  }

  async #unmountAll(): Promise<void> {
    for (const mount of await mountsBelow(this.paths.directory)) await unmount(mount);
  }

  async #spawn(): Promise<ProcessIdentity> {
    await mkdir(this.paths.directory, { recursive: true, mode: 0o700 });
    await chmod(this.paths.directory, 0o700);
    await mkdir(this.paths.specs, { recursive: true, mode: 0o700 });
    await writeFile(this.paths.config, containerdConfig(this.paths), { mode: 0o600 });
    await this.trimLog();
    const logFile = openSync(this.paths.log, 'a', 0o600);
    try {
      const child = spawn(this.#binary, ['--config', this.paths.config], {
        cwd: '/',
        // A session of its own, and no pipe to us: it outlives this process.
        detached: true,
        stdio: ['ignore', logFile, logFile],
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          // Where the shim puts a command's environment for a moment: memory, while there are secrets.
          XDG_RUNTIME_DIR: this.paths.specs,
        },
      });
      const failed = new Promise<never>((_, reject) => {
        child.once('error', (cause) => {
          reject(new AppError('not-found', `${this.#binary} cannot be started: ${cause.message}`, { cause }));
        });
      });
      if (child.pid === undefined) return await failed;
      failed.catch(() => {});
      child.unref();
      const identity = await readIdentity(child.pid);
      if (identity === undefined) throw await this.#notReady('ended at once');
      writeFileSync(this.paths.pidFile, `${identity.pid} ${identity.startTime}\n`, { mode: 0o600 });
      return identity;
    } finally {
      closeSync(logFile);
    }
  }

  async #whenReady(
    identity: ProcessIdentity,
    adopted: boolean,
    signal: AbortSignal | undefined,
  ): Promise<RunningContainerd> {
    const version = await this.#waitUntilReady(identity, signal);
    const { pid } = identity;
    this.#log.info(adopted ? 'containerd runs already' : 'containerd started', { pid, version });
    return { socketPath: this.paths.socket, pid, version, adopted };
  }

  async #waitUntilReady(identity: ProcessIdentity, signal?: AbortSignal): Promise<string> {
    const client = new ContainerdClient({ socketPath: this.paths.socket, namespace: 'default' });
    const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
    try {
      for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
        assertNotAborted(signal);
        try {
          return (await client.call('version', {}, { timeoutMs: 2000, signal })).version;
        } catch {
          if (!(await isRunning(identity))) throw await this.#notReady('ended before it was ready');
          if (deadline.aborted) throw await this.#notReady('is not ready');
        }
        await sleep(pauseMs);
      }
    } finally {
      client.close();
    }
  }

  async #notReady(what: string): Promise<AppError> {
    const tail = await readTail(this.paths.log);
    return new AppError('unavailable', `containerd ${what}; the end of ${this.paths.log}:\n${tail}`);
  }

  async #readPidFile(): Promise<ProcessIdentity | undefined> {
    const text = await readFile(this.paths.pidFile, 'utf8').catch(() => '');
    const match = /^(\d+) (\d+)\n$/.exec(text);
    return match === null ? undefined : { pid: Number(match[1]), startTime: match[2] as string };
  }

  async #writePidFile(identity: ProcessIdentity): Promise<void> {
    await writeFile(this.paths.pidFile, `${identity.pid} ${identity.startTime}\n`, { mode: 0o600 });
  }
}

async function readTail(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.slice(-LOG_TAIL_BYTES).trim();
}
