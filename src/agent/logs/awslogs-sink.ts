/**
 * Delivers one container's output to CloudWatch Logs. The files are the queue: what the service has not acknowledged
 * stays there, so an agent that is killed loses nothing, and a slow service never holds the agent up. While one upload
 * is under way the next one is made ready. What is under way is on record, so that it is sent again as it was: the
 * service takes it once.
 */
import type { Clock } from '../../ports/clock.ts';
import type { LineTest } from '../../ports/line-patterns.ts';
import type { Logger } from '../../ports/logger.ts';
import type { AwslogsOptions } from './awslogs-options.ts';
import { AwslogsUploads } from './awslogs-uploads.ts';
import { EventBatches, FLUSH_INTERVAL_MS } from './event-batches.ts';
import { EventReader } from './event-reader.ts';
import type { LogsClient } from './logs-client.ts';
import { BUFFER_BYTES, type MemoryBudget } from './memory-budget.ts';
import { type Batch, BATCH_LIMITS } from './open-batch.ts';
import { OutputBacklog } from './output-backlog.ts';
import { type Offsets, type OutputFiles, SOURCES, type Source } from './output-files.ts';
import type { OutputMeter } from './output-meter.ts';
import type { OutputSink } from './output-sink.ts';
import { SinkLife } from './sink-life.ts';
import { type Upload, type UploadNote, UploadOutbox } from './upload-outbox.ts';

export interface AwslogsSinkDeps {
  readonly files: OutputFiles;
  readonly options: AwslogsOptions;
  /** The pattern of the options, ready for use. */
  readonly firstLine: () => Promise<LineTest | undefined>;
  readonly client: LogsClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: OutputMeter;
  readonly memory: MemoryBudget;
  /** Most output that may wait in blocking mode; whoever writes the files keeps below it. */
  readonly maxBacklogBytes: number;
  /** Default 5 s. */
  readonly flushIntervalMs?: number | undefined;
}

/** What is on record with the position: the token of the last upload that was taken, and the upload under way. */
interface Note {
  readonly token: string;
  readonly upload?: UploadNote;
}

interface Sending {
  readonly upload: Upload;
  readonly done: Promise<void>;
  isDone: boolean;
}

/** With a pattern a match may be slow: others get their turn more often. */
const PATTERN_READ_BYTES = 16_384;
/** In memory, besides the uploads: one batch that is full and one that fills. */
const MOST_PENDING_BYTES = 2 * BATCH_LIMITS.bytes;
/** An event of several lines waits this long for another line. */
const MULTILINE_WAIT_MS = 2 * FLUSH_INTERVAL_MS;
/** Between two looks at what waits while nothing is taken. */
const TRIM_MS = 200;

export class AwslogsSink implements OutputSink {
  readonly #deps: AwslogsSinkDeps;
  readonly #batches: EventBatches;
  readonly #backlog: OutputBacklog<Note>;
  readonly #outbox: UploadOutbox;
  readonly #uploads: AwslogsUploads;
  readonly #life: SinkLife;
  #firstLine: LineTest | undefined;
  #budgetedBytes = 0;
  /** Of the upload that is sent next. */
  #readyBytes = 0;
  #sending: Sending | undefined;

  /** `isStreamReady`: the stream was made before. */
  constructor(deps: AwslogsSinkDeps, isStreamReady: boolean) {
    const { files, options, maxBacklogBytes } = deps;
    this.#deps = deps;
    this.#batches = new EventBatches(options.flushIntervalMs ?? deps.flushIntervalMs);
    this.#life = new SinkLife(deps);
    const mostBytes = options.mode === 'non-blocking' ? options.maxBufferBytes : maxBacklogBytes;
    this.#backlog = new OutputBacklog({ ...deps, mostBytes });
    this.#outbox = new UploadOutbox(files.directory);
    this.#uploads = new AwslogsUploads(deps, isStreamReady, this.#life.signal);
  }

  start(): void {
    this.#life.start(() => this.#run());
  }

  async drain(signal: AbortSignal): Promise<void> {
    this.#uploads.hurry();
    await this.#life.drain(signal);
    await this.#backlog.abandon();
    await this.close();
  }

  async close(): Promise<void> {
    await this.#life.close();
    this.#deps.memory.release(this.#budgetedBytes);
    this.#budgetedBytes = 0;
    this.#deps.client.close();
  }

  async #run(): Promise<void> {
    const readers = await this.#takeUp();
    while (!this.#life.signal.aborted) {
      // Looked at before reading: what comes after the drain began was read after it.
      const isLast = this.#life.isDraining;
      const sawOutput = await this.#readAll(readers);
      if (this.#sending?.isDone === true) {
        await this.#settle();
        await this.#backlog.free();
      }
      await this.#backlog.trim(readUntil(readers));
      const isFull = this.#room() === 0;
      // Where there is no room, more may be there than was seen.
      const isEnd = isLast && !sawOutput && !isFull && !this.#batches.hasFull;
      if (isEnd) this.#finishEvents(readers);
      // What waits is all that there is room for: to wait for company would be to wait for others' memory.
      const mustGo = isFull && (isLast || this.#sending === undefined);
      const batch = this.#batches.take(this.#deps.clock.now(), isEnd || mustGo);
      if (batch !== undefined) await this.#send(batch, readers);
      else if (isEnd) return await this.#finish(readers);
      else if (!isLast) await this.#rest(readers, sawOutput);
    }
  }

  /** Goes on where an earlier agent left off; what it had under way is sent again. */
  async #takeUp(): Promise<Record<Source, EventReader>> {
    this.#firstLine = await this.#deps.firstLine();
    await this.#backlog.load();
    const { token, upload: note } = this.#backlog.note ?? {};
    if (token !== undefined) this.#uploads.goOnAfter(token);
    const upload = note === undefined ? undefined : await this.#outbox.find(note);
    if (upload !== undefined) this.#begin(upload);
    const from = upload?.note.ends ?? this.#backlog.delivered;
    const newReader = (source: Source): EventReader =>
      new EventReader(source, from[source], this.#firstLine, this.#batches);
    return { stdout: newReader('stdout'), stderr: newReader('stderr') };
  }

  async #rest(readers: Record<Source, EventReader>, sawOutput: boolean): Promise<void> {
    const now = this.#deps.clock.now();
    const due = this.#batches.dueAt(now) ?? Number.POSITIVE_INFINITY;
    const held = Math.min(...SOURCES.map((source) => readers[source].heldSince ?? Number.POSITIVE_INFINITY));
    const { stdout, stderr } = readUntil(readers);
    const waitMs = Math.min(due - now, held + MULTILINE_WAIT_MS - now);
    // Where there is no room, more may be there than was seen.
    await this.#life.activity.next(sawOutput || this.#room() === 0, stdout + stderr, Math.max(waitMs, 0));
  }

  /** Reads what is there, as far as memory allows. True when there was something. */
  async #readAll(readers: Record<Source, EventReader>): Promise<boolean> {
    const { clock } = this.#deps;
    let sawOutput = false;
    for (const source of SOURCES) {
      const reader = readers[source];
      while (await this.#readPiece(source, reader)) sawOutput = true;
      const now = clock.now();
      if (reader.heldSince === undefined || now - reader.heldSince < MULTILINE_WAIT_MS) continue;
      reader.release(now);
    }
    return sawOutput;
  }

  /** True when there was something to read. */
  async #readPiece(source: Source, reader: EventReader): Promise<boolean> {
    const { memory, clock } = this.#deps;
    const most = this.#firstLine === undefined ? BUFFER_BYTES : PATTERN_READ_BYTES;
    const room = Math.min(most, this.#room());
    if (room === 0) return false;
    return memory.withBuffer(async (buffer) => {
      const piece = await this.#backlog.read(source, reader.offset, room, buffer);
      const now = clock.now();
      if ('gapUntil' in piece) reader.skipTo(piece.gapUntil, now);
      else if (piece.bytes.length === 0) return false;
      else reader.push(piece.bytes, now);
      this.#account();
      return true;
    });
  }

  /** How much may be read. */
  #room(): number {
    return this.#deps.memory.room(this.#batches.pendingBytes, MOST_PENDING_BYTES);
  }

  async #finish(readers: Record<Source, EventReader>): Promise<void> {
    await this.#untilSent(readers);
    await this.#settle();
    await this.#backlog.free();
    await this.#outbox.clear();
  }

  #finishEvents(readers: Record<Source, EventReader>): void {
    const now = this.#deps.clock.now();
    for (const source of SOURCES) readers[source].finish(now);
  }

  /** Makes an upload ready, and sends it once the one before was taken. */
  async #send({ block, events, bytes, ends }: Batch, readers: Record<Source, EventReader>): Promise<void> {
    const all = later(this.#sending?.upload.note.ends ?? this.#backlog.delivered, ends);
    this.#readyBytes = block.length;
    this.#account();
    const upload = await this.#outbox.keep(block, { ends: all, events, bytes });
    await this.#untilSent(readers);
    await this.#settle(upload.note);
    this.#begin(upload);
    await this.#backlog.free();
  }

  #begin(upload: Upload): void {
    this.#readyBytes = 0;
    const sending: Sending = {
      upload,
      isDone: false,
      done: this.#uploads.deliver(upload).then(() => {
        sending.isDone = true;
        this.#life.activity.poke();
      }),
    };
    sending.done.catch(() => undefined);
    this.#sending = sending;
    this.#account();
  }

  /** Waits until what is under way was taken; meanwhile sees to it that not too much gathers. */
  async #untilSent(readers: Record<Source, EventReader>): Promise<void> {
    const sending = this.#sending;
    while (sending?.isDone === false) {
      // What is under way may not end by the signal: credentials that nobody gives, for one.
      this.#life.signal.throwIfAborted();
      const pause = this.#deps.clock.sleep(TRIM_MS, this.#life.signal).catch(() => undefined);
      await Promise.race([sending.done, pause]);
      if (!sending.isDone) await this.#backlog.trim(readUntil(readers));
    }
  }

  /** Puts on record that what was under way was taken, and what is to be sent now. */
  async #settle(next?: UploadNote): Promise<void> {
    const ends = this.#sending?.upload.note.ends ?? this.#backlog.delivered;
    this.#sending = undefined;
    this.#account();
    await this.#backlog.settle(ends, {
      token: this.#uploads.token,
      ...(next !== undefined && { upload: next }),
    });
  }

  /** What all sinks hold together is bounded. An upload under way is there twice: as it is kept, and as it is sent. */
  #account(): void {
    const sentBytes = 2 * (this.#sending?.upload.block.length ?? 0);
    const bytes = this.#batches.pendingBytes + this.#readyBytes + sentBytes;
    this.#deps.memory.add(bytes - this.#budgetedBytes);
    this.#budgetedBytes = bytes;
  }
}

function readUntil({ stdout, stderr }: Record<Source, EventReader>): Offsets {
  return { stdout: stdout.offset, stderr: stderr.offset };
}

function later(a: Readonly<Offsets>, b: Readonly<Offsets>): Offsets {
  return { stdout: Math.max(a.stdout, b.stdout), stderr: Math.max(a.stderr, b.stderr) };
}
