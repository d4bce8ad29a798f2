/**
 * Keeps one agent process alive beside the control plane. An agent that outlived an earlier control plane is adopted
 * when it is of this version, replaced otherwise. On `stop` the agent ends; its tasks and containerd do not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, renameSync, statSync } from 'node:fs';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { processStartTime, signalProcess } from '../linux/process-identity.ts';
import { isAlive, type RecordedProcess, readPidFile } from './pid-file.ts';

const POLL_MS = 200;
const STOP_GRACE_MS = 3_500;
const FIRST_DELAY_MS = 100;
const LAST_DELAY_MS = 10_000;
/** A run longer than this counts as healthy: the delay starts anew. */
const HEALTHY_MS = 30_000;
const LOG_LIMIT_BYTES = 32 * 1024 * 1024;

export interface AgentSupervisorOptions {
  readonly pidFile: string;
  readonly logFile: string;
  readonly version: string;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export class AgentSupervisor {
  readonly #options: AgentSupervisorOptions;
  readonly #stopping = new AbortController();
  #current: RecordedProcess | undefined;
  #running: Promise<void> | undefined;

  constructor(options: AgentSupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the agent (SIGTERM, then SIGKILL) and the supervision. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#current !== undefined) await this.#end(this.#current);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    let delayMs = FIRST_DELAY_MS;
    while (!this.#stopping.signal.aborted) {
      const startedAt = clock.now();
      const adopted = await this.#adopt();
      if (adopted === undefined) await this.#spawn();
      else await this.#watch(adopted);
      if (this.#stopping.signal.aborted) return;
      if (clock.now() - startedAt > HEALTHY_MS) delayMs = FIRST_DELAY_MS;
      logger.warn('the agent has ended; starting it again', { delayMs });
      await clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, LAST_DELAY_MS);
    }
  }

  async #adopt(): Promise<RecordedProcess | undefined> {
    const { pidFile, version, logger } = this.#options;
    const found = await readPidFile(pidFile);
    if (found === undefined) return undefined;
    if (found.version === version) {
      logger.info('adopting the agent that is running', { pid: found.pid });
      return found;
    }
    logger.info('replacing an agent of another version', { pid: found.pid, version: found.version });
    await this.#end(found);
    return undefined;
  }

  async #spawn(): Promise<void> {
    const { command, logFile, version } = this.#options;
    const [program = '', ...args] = command;
    rotate(logFile);
    const log = openSync(logFile, 'a', 0o600);
    // In a session of its own, with no pipe to us: it must survive our death and a terminal's Ctrl-C.
    const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    const exited = once(child, 'exit');
    if (child.pid !== undefined) {
      this.#current = { pid: child.pid, startTime: processStartTime(child.pid) ?? '', version };
    }
    await exited.catch(() => undefined);
    this.#current = undefined;
  }

  /** An adopted process is not our child: there is no event for its end. */
  async #watch(identity: RecordedProcess): Promise<void> {
    this.#current = identity;
    while (isAlive(identity)) {
      await this.#options.clock.sleep(POLL_MS, this.#stopping.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
    }
    this.#current = undefined;
  }

  async #end(identity: RecordedProcess): Promise<void> {
    const { clock, logger } = this.#options;
    const deadline = clock.now() + STOP_GRACE_MS;
    await signalProcess(identity, 'SIGTERM');
    while (isAlive(identity) && clock.now() < deadline) await clock.sleep(20);
    if (!isAlive(identity)) return;
    logger.warn('the agent did not end in time; killing it', { pid: identity.pid });
    await signalProcess(identity, 'SIGKILL');
    while (isAlive(identity)) await clock.sleep(20);
  }
}

function rotate(logFile: string): void {
  try {
    if (statSync(logFile).size > LOG_LIMIT_BYTES) renameSync(logFile, `${logFile}.1`);
  } catch {
    // There is none yet.
  }
}
