/** Uploads to one log stream, one after the other, each tried until it is taken. Makes the stream where it is missing. */
import { isApiError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { AwslogsOptions } from './awslogs-options.ts';
import { ensureLogStream } from './log-stream.ts';
import type { LogsClient } from './logs-client.ts';
import type { OutputMeter } from './output-meter.ts';
import type { Upload } from './upload-outbox.ts';
import type { UploadTurn, UploadTurns } from './upload-turns.ts';

export interface AwslogsUploadsParts {
  readonly options: AwslogsOptions;
  readonly client: LogsClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: OutputMeter;
  readonly turns: UploadTurns;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 32_000;
/** Said with the first upload: a position before all others. */
const FIRST_TOKEN = '0'.repeat(56);

export class AwslogsUploads {
  readonly #parts: AwslogsUploadsParts;
  readonly #signal: AbortSignal;
  #isStreamReady: boolean;
  #token = FIRST_TOKEN;
  #isHurried = false;
  #wake: (() => void) | undefined;

  constructor(parts: AwslogsUploadsParts, isStreamReady: boolean, signal: AbortSignal) {
    this.#parts = parts;
    this.#isStreamReady = isStreamReady;
    this.#signal = signal;
  }

  /** Of the last upload that was taken. */
  get token(): string {
    return this.#token;
  }

  /** An earlier agent's last token. */
  goOnAfter(token: string): void {
    this.#token = token;
  }

  /** Waits no longer than it must between tries from now on. */
  hurry(): void {
    this.#isHurried = true;
    this.#wake?.();
  }

  /** Tries until it is taken, or refused for good; rejects when the signal fires. `turn`: for the first try. */
  async deliver(upload: Upload, turn?: UploadTurn): Promise<void> {
    let delayMs = FIRST_RETRY_MS;
    for (let own = turn; !(await this.#inTurn(upload, own)); own = undefined) {
      await this.#pause(this.#isHurried ? FIRST_RETRY_MS : delayMs);
      delayMs = Math.min(delayMs * 2, LAST_RETRY_MS);
    }
  }

  async #inTurn(upload: Upload, given: UploadTurn | undefined): Promise<boolean> {
    const turn = given ?? (await this.#parts.turns.take(this.#signal));
    try {
      return await this.#attempt(upload);
    } finally {
      turn.end();
    }
  }

  /** Shorter when it is hurried meanwhile. */
  async #pause(ms: number): Promise<void> {
    const over = new AbortController();
    this.#wake = () => over.abort();
    const end = (): void => over.abort();
    this.#signal.addEventListener('abort', end);
    await this.#parts.clock.sleep(ms, over.signal).catch(() => undefined);
    this.#signal.removeEventListener('abort', end);
    this.#wake = undefined;
    this.#signal.throwIfAborted();
  }

  /** False: try again. */
  async #attempt({ block, note }: Upload): Promise<boolean> {
    const { client, options, meter, logger } = this.#parts;
    const { group, stream } = options;
    const { events, bytes } = note;
    try {
      if (!this.#isStreamReady) await ensureLogStream(client, options, this.#signal);
      this.#isStreamReady = true;
      const target = { group, stream, token: this.#token };
      const { token, rejected } = await client.putBlock(target, block, events, this.#signal);
      this.#token = token ?? this.#token;
      this.#count(note, rejected);
      return true;
    } catch (error) {
      if (this.#signal.aborted) throw error;
      if (isApiError(error, 'ResourceNotFoundException')) this.#isStreamReady = false;
      logger.warn('logs: a batch was not taken', { events, error });
      if (isApiError(error, 'DataAlreadyAcceptedException')) meter.noteDelivered({ events, bytes });
      // The service will never take it: nothing is gained by holding up what comes after.
      else if (isApiError(error, 'InvalidParameterException')) meter.noteLost('rejected', { events, bytes });
      else return false;
      return true;
    }
  }

  #count({ events, bytes }: Upload['note'], rejected: number): void {
    const { meter, logger } = this.#parts;
    const lost = { events: rejected, bytes: Math.round((bytes * rejected) / events) };
    meter.noteDelivered({ events: events - lost.events, bytes: bytes - lost.bytes });
    if (rejected === 0) return;
    meter.noteLost('rejected', lost);
    logger.warn('logs: events are too old or too new for the service', { events: rejected });
  }
}
