/**
 * Debian's docker-registry (CNCF distribution) as a child of this process, at a unix socket in a directory that only
 * its owner can enter. Started when it is needed first, then kept alive until `close`.
 */
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { AppError, toAppError } from '../../domain/errors.ts';
import type { ImageRegistry, RegistryAnswer, RegistryExchange } from '../../ports/image-registry.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { endLeftRegistry, RegistryProcess } from './registry-process.ts';
import {
  type RegistryPaths,
  type RegistryPlaces,
  registryPaths,
  registrySettings,
} from './registry-settings.ts';

export interface RegistryChildOptions extends RegistryPlaces {
  readonly secret: string;
  /** Default `docker-registry`. */
  readonly program?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const READY_MS = 20_000;
const POLL_MS = 20;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** A run longer than this counts as healthy: the pause starts anew. */
const HEALTHY_MS = 30_000;
const END_KNOWN_MS = 1000;
/** As many as the front door serves of one machine's tasks: whoever holds many exchanges up holds up no others. */
const CONNECTIONS = 4096;
const PLACE = /^[a-z0-9-]+(?:\/[a-z0-9-]+)+$/;

export class RegistryChild implements ImageRegistry {
  readonly #options: RegistryChildOptions;
  readonly #program: string;
  readonly #paths: RegistryPaths;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  readonly #closing = new AbortController();
  #starting: Promise<RegistryProcess> | undefined;
  #pauseMs = FIRST_PAUSE_MS;

  constructor(options: RegistryChildOptions) {
    this.#options = options;
    this.#program = options.program ?? 'docker-registry';
    this.#paths = registryPaths(options);
  }

  /** Resolves when the registry answers. `unavailable` when it does not come up. */
  async start(): Promise<void> {
    await this.#running();
  }

  exchange(call: RegistryExchange): Promise<RegistryAnswer> {
    return this.#exchange(call, call.method === 'GET' || call.method === 'HEAD');
  }

  async #exchange(call: RegistryExchange, mayRepeat: boolean): Promise<RegistryAnswer> {
    if (hasGone(call)) throw callerGone();
    const process = await this.#running();
    if (call.method === 'DELETE') await this.#noteGarbage();
    try {
      return await this.#send(call);
    } catch (error) {
      if (hasGone(call)) throw callerGone(error);
      if (mayRepeat && (await this.#hasEnded(process))) return this.#exchange(call, false);
      throw new AppError('unavailable', 'the registry gave no answer', { cause: error });
    }
  }

  async removeRepository(place: string): Promise<void> {
    if (!PLACE.test(place)) throw new AppError('invalid', `${place} is no place of a repository`);
    const path = join(this.#paths.storage, 'docker/registry/v2/repositories', place);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    await this.#noteGarbage();
    await rm(path, { recursive: true, force: true });
  }

  /** Ends the registry. May be repeated. */
  async close(): Promise<void> {
    this.#closing.abort();
    const process = await this.#starting?.catch(() => undefined);
    await process?.end();
    this.#agent.destroy();
  }

  /** A connection breaks a moment before the end of its process is known. */
  async #hasEnded(process: RegistryProcess): Promise<boolean> {
    const known = new AbortController();
    const late = this.#options.clock.sleep(END_KNOWN_MS, known.signal).catch(() => undefined);
    await Promise.race([process.ended, late]);
    known.abort();
    return !process.isRunning;
  }

  #running(): Promise<RegistryProcess> {
    if (this.#closing.signal.aborted) return Promise.reject(new AppError('unavailable', 'closed'));
    this.#starting ??= this.#launch().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #launch(): Promise<RegistryProcess> {
    const { directory, secret, clock, logger } = this.#options;
    const startedAt = clock.now();
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(this.#paths.settings, registrySettings(this.#paths, secret), { mode: 0o600 });
    await endLeftRegistry(this.#paths);
    await this.#collectGarbage();
    this.#closing.signal.throwIfAborted();
    const process = RegistryProcess.start(this.#program, this.#paths);
    await this.#untilReady(process);
    logger.info('the registry is ready', { durationMs: clock.now() - startedAt });
    void process.ended.then(() => this.#restart(startedAt));
    return process;
  }

  /** A run has ended: the next begins, a little later each time while they are short. */
  async #restart(startedAt: number): Promise<void> {
    const { clock, logger } = this.#options;
    this.#starting = undefined;
    if (this.#closing.signal.aborted) return;
    if (clock.now() - startedAt > HEALTHY_MS) this.#pauseMs = FIRST_PAUSE_MS;
    logger.warn('the registry has ended; starting it again', { delayMs: this.#pauseMs });
    await clock.sleep(this.#pauseMs, this.#closing.signal).catch(() => undefined);
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
    if (this.#closing.signal.aborted) return;
    await this.#running().catch((error: unknown) => {
      // Whoever needs it next tries again.
      logger.error('the registry does not start', { error: toAppError(error).message });
    });
  }

  async #untilReady(process: RegistryProcess): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + READY_MS;
    for (;;) {
      if (await this.#answers()) return;
      if (!process.isRunning) {
        await process.ended;
        throw process.failure(this.#program);
      }
      if (clock.now() > deadline || this.#closing.signal.aborted) {
        await process.end();
        throw new AppError('unavailable', 'the registry did not come up in time');
      }
      await clock.sleep(POLL_MS);
    }
  }

  async #answers(): Promise<boolean> {
    try {
      const { status, body } = await this.#send({ method: 'GET', path: '/v2/' });
      body.resume();
      return status === 200;
    } catch {
      return false;
    }
  }

  async #noteGarbage(): Promise<void> {
    await writeFile(this.#paths.garbage, '', { mode: 0o600 });
  }

  async #collectGarbage(): Promise<void> {
    const { clock, logger } = this.#options;
    const isThere = await rm(this.#paths.garbage).then(
      () => true,
      () => false,
    );
    if (!isThere) return;
    const startedAt = clock.now();
    const isDone = await RegistryProcess.collectGarbage(this.#program, this.#paths, this.#closing.signal);
    if (!isDone) await this.#noteGarbage();
    logger.info('layers without images removed', { isDone, durationMs: clock.now() - startedAt });
  }

  #send({ method, path, headers = {}, body, signal }: RegistryExchange): Promise<RegistryAnswer> {
    return new Promise((resolve, reject) => {
      const { socket: socketPath } = this.#paths;
      const options = {
        socketPath,
        method,
        path,
        headers: { ...headers, host: 'localhost' },
        agent: this.#agent,
      };
      const sent = request({ ...options, ...(signal !== undefined && { signal }) });
      // Also for what breaks off after the answer has begun: then its body tells.
      sent.on('error', reject);
      sent.once('response', (response: IncomingMessage) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response });
      });
      if (!(body instanceof Readable)) sent.end(body);
      // Not `pipeline`: it would destroy the caller's request, and with it the way to answer.
      else body.once('error', () => sent.destroy()).pipe(sent);
    });
  }
}

function hasGone({ signal }: RegistryExchange): boolean {
  return signal?.aborted === true;
}

function callerGone(cause?: unknown): AppError {
  return new AppError('aborted', 'the caller has gone', { cause });
}
