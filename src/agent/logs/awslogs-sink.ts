/**
 * Delivers one container's output to CloudWatch Logs. The files are the queue: what the service has not acknowledged
 * stays there, so an agent that is killed sends it again (at least once, in order within a file), and a slow service
 * never holds the container up. What was acknowledged is given back to the disk.
 */
import { isApiError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { AwslogsOptions } from './awslogs-options.ts';
import { BATCH_LIMITS, type Batch, EventBatches, FLUSH_INTERVAL_MS } from './event-batches.ts';
import { EventReader } from './event-reader.ts';
import { ensureLogStream } from './log-stream.ts';
import type { LogsClient } from './logs-client.ts';
import { OutputActivity } from './output-activity.ts';
import { type Offsets, type OutputFiles, SOURCES, type Source } from './output-files.ts';
import type { OutputSink } from './output-sink.ts';

export interface AwslogsSinkDeps {
  readonly files: OutputFiles;
  readonly options: AwslogsOptions;
  readonly client: LogsClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Most output of one file that may wait for a service that does not take it, in blocking mode. */
  readonly maxBacklogBytes: number;
  /** Default 5 s. */
  readonly flushIntervalMs?: number | undefined;
}

const READ_BYTES = 262_144;
/** In memory: one batch on its way and one that fills. */
const MOST_PENDING_BYTES = 2 * BATCH_LIMITS.bytes;
/** An event of several lines waits this long for another line. */
const MULTILINE_WAIT_MS = 2 * FLUSH_INTERVAL_MS;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 32_000;

export class AwslogsSink implements OutputSink {
  readonly #deps: AwslogsSinkDeps;
  readonly #activity: OutputActivity;
  readonly #batches: EventBatches;
  readonly #life = new AbortController();
  readonly #readers: Record<Source, EventReader>;
  #delivered: Offsets = { stdout: 0, stderr: 0 };
  #isStreamReady: boolean;
  #isDraining = false;
  #running: Promise<void> | undefined;

  /** `isStreamReady`: the stream was made before. */
  constructor(deps: AwslogsSinkDeps, isStreamReady: boolean) {
    this.#deps = deps;
    this.#batches = new EventBatches(deps.flushIntervalMs);
    this.#isStreamReady = isStreamReady;
    this.#activity = new OutputActivity(deps.files, deps.clock);
    this.#readers = { stdout: this.#newReader('stdout', 0), stderr: this.#newReader('stderr', 0) };
  }

  start(): void {
    this.#running ??= this.#run().catch((error: unknown) => {
      if (!this.#life.signal.aborted) this.#deps.logger.error('logs: following ended', { error });
    });
  }

  async drain(signal: AbortSignal): Promise<void> {
    const giveUp = (): void => {
      if (!this.#life.signal.aborted)
        this.#deps.logger.warn('logs: not all output could be delivered in time');
      this.#life.abort();
    };
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    this.#isDraining = true;
    this.#activity.poke();
    await this.#running;
    signal.removeEventListener('abort', giveUp);
    await this.close();
  }

  async close(): Promise<void> {
    this.#life.abort();
    this.#activity.poke();
    await this.#running;
    this.#deps.client.close();
  }

  async #run(): Promise<void> {
    const { files, clock } = this.#deps;
    this.#delivered = await files.loadOffsets();
    for (const source of SOURCES) this.#readers[source] = this.#newReader(source, this.#delivered[source]);
    while (!this.#life.signal.aborted) {
      // Looked at before reading: what comes after the drain began was read after it.
      const isLast = this.#isDraining;
      const sawOutput = await this.#readAll();
      const isEnd = isLast && !sawOutput && !this.#batches.hasFull;
      if (isEnd) this.#finishEvents();
      const batch = this.#batches.take(clock.now(), isEnd);
      if (batch !== undefined) await this.#deliver(batch);
      else if (isEnd) return;
      else if (!isLast) await this.#rest(sawOutput);
    }
  }

  async #rest(sawOutput: boolean): Promise<void> {
    const now = this.#deps.clock.now();
    const due = this.#batches.dueAt(now) ?? Number.POSITIVE_INFINITY;
    const held = Math.min(
      ...SOURCES.map((source) => this.#readers[source].heldSince ?? Number.POSITIVE_INFINITY),
    );
    const readUntil = this.#readers.stdout.offset + this.#readers.stderr.offset;
    const waitMs = Math.min(due - now, held + MULTILINE_WAIT_MS - now);
    await this.#activity.next(sawOutput, readUntil, Math.max(waitMs, 0));
  }

  /** Reads what is there, as far as memory allows. True when there was something. */
  async #readAll(): Promise<boolean> {
    const { files, clock } = this.#deps;
    let sawOutput = false;
    for (const source of SOURCES) {
      const reader = this.#readers[source];
      while (this.#batches.pendingBytes < MOST_PENDING_BYTES) {
        const chunk = await files.read(source, reader.offset, READ_BYTES);
        if (chunk.length === 0) break;
        sawOutput = true;
        const now = clock.now();
        for (const event of reader.push(chunk, now)) this.#batches.add(event, now);
        if (chunk.length < READ_BYTES) break;
      }
      const now = clock.now();
      if (reader.heldSince === undefined || now - reader.heldSince < MULTILINE_WAIT_MS) continue;
      for (const event of reader.release()) this.#batches.add(event, now);
    }
    return sawOutput;
  }

  #finishEvents(): void {
    const now = this.#deps.clock.now();
    for (const source of SOURCES) {
      for (const event of this.#readers[source].finish(now)) this.#batches.add(event, now);
    }
  }

  /** Tries until it is taken, or until the life of this sink ends. */
  async #deliver(batch: Batch): Promise<void> {
    let delayMs = FIRST_RETRY_MS;
    while (!(await this.#attempt(batch))) {
      await this.#limitBacklog();
      await this.#deps.clock.sleep(this.#isDraining ? FIRST_RETRY_MS : delayMs, this.#life.signal);
      delayMs = Math.min(delayMs * 2, LAST_RETRY_MS);
    }
    const { files } = this.#deps;
    for (const source of SOURCES) {
      this.#delivered[source] = Math.max(this.#delivered[source], batch.ends[source]);
    }
    await files.saveOffsets(this.#delivered);
    for (const source of SOURCES) await files.free(source, this.#delivered[source]);
  }

  /** False: try again. */
  async #attempt(batch: Batch): Promise<boolean> {
    const { client, options, logger } = this.#deps;
    const { signal } = this.#life;
    try {
      if (!this.#isStreamReady) await ensureLogStream(client, options, signal);
      this.#isStreamReady = true;
      await client.putLogEvents(options.group, options.stream, batch.events, signal);
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      if (isApiError(error, 'DataAlreadyAcceptedException')) return true;
      if (isApiError(error, 'ResourceNotFoundException')) this.#isStreamReady = false;
      logger.warn('logs: a batch was not taken', { events: batch.events.length, error });
      // The service will never take it: nothing is gained by holding up what comes after.
      return isApiError(error, 'InvalidParameterException');
    }
  }

  /** While nothing is taken the output must not fill the disk: what is too much is left out, and counted. */
  async #limitBacklog(): Promise<void> {
    const { files, options, maxBacklogBytes, logger } = this.#deps;
    const most = options.mode === 'non-blocking' ? options.maxBufferBytes : maxBacklogBytes;
    const sizes = await files.sizes();
    for (const source of SOURCES) {
      const reader = this.#readers[source];
      const from = reader.offset;
      if (sizes[source] - from <= most) continue;
      const until = sizes[source] - Math.floor(most / 2);
      reader.skipTo(until);
      await files.drop(source, from, until);
      logger.warn('logs: output was dropped, nobody takes it', { source, bytes: until - from });
    }
  }

  #newReader(source: Source, offset: number): EventReader {
    return new EventReader(source, offset, this.#deps.options.firstLine);
  }
}
