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
import { bytesOf } from '../../wire/http/body-pieces.ts';
import { AwslogsUploads } from './awslogs-uploads.ts';
import { EventBatches, FLUSH_INTERVAL_MS } from './event-batches.ts';
import { EventIntake } from './event-intake.ts';
import type { LogsClient } from './logs-client.ts';
import type { MemoryBudget, MemoryShare } from './memory-budget.ts';
import type { Batch } from './open-batch.ts';
import { OutputBacklog } from './output-backlog.ts';
import { type Offsets, type OutputFiles, SOURCES } from './output-files.ts';
import type { OutputMeter } from './output-meter.ts';
import type { OutputSink } from './output-sink.ts';
import { SinkLife } from './sink-life.ts';
import { type Upload, type UploadNote, UploadOutbox } from './upload-outbox.ts';
import type { UploadTurn, UploadTurns } from './upload-turns.ts';
import type { WakeUps } from './wake-ups.ts';

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
  readonly wakeUps: WakeUps;
  readonly turns: UploadTurns;
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
  /** What it stands in. */
  readonly buffers: readonly Buffer[];
  readonly done: Promise<void>;
  isDone: boolean;
}

/** What makes an upload worth it, where there is so much. */
const FILL_BYTES = 262_144;
/** So much that there is no room for is not left until it is due, nor this part of what may wait. */
const LEFT = { bytes: 65_536, part: 1 / 8 };
/** An event of several lines waits this long for another line. */
const MULTILINE_WAIT_MS = 2 * FLUSH_INTERVAL_MS;
/** Of empty lines that are put on record at a time. */
const LEAST_EMPTY_BYTES = 2 ** 20;
/** Between two looks at whether too much waits: each has its price where much is let go. */
const TRIM_MS = 200;

export class AwslogsSink implements OutputSink {
  readonly #deps: AwslogsSinkDeps;
  readonly #batches: EventBatches;
  readonly #backlog: OutputBacklog<Note>;
  readonly #outbox: UploadOutbox;
  readonly #uploads: AwslogsUploads;
  readonly #life: SinkLife;
  readonly #share: MemoryShare;
  readonly #worthBytes: number;
  #trimmed = Number.NEGATIVE_INFINITY;
  /** Of the upload that is sent next. */
  #readyBytes = 0;
  #sending: Sending | undefined;

  /** `isStreamReady`: the stream was made before. */
  constructor(deps: AwslogsSinkDeps, isStreamReady: boolean) {
    const { files, options, maxBacklogBytes } = deps;
    this.#deps = deps;
    this.#share = deps.memory.share();
    this.#batches = new EventBatches(deps.memory, options.flushIntervalMs ?? deps.flushIntervalMs);
    this.#life = new SinkLife(deps);
    const mostBytes = options.mode === 'non-blocking' ? options.maxBufferBytes : maxBacklogBytes;
    this.#worthBytes = Math.min(LEFT.bytes, mostBytes * LEFT.part);
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
    this.#share.hold(0);
    this.#deps.client.close();
  }

  async #run(): Promise<void> {
    const intake = await this.#takeUp();
    try {
      await this.#follow(intake);
    } finally {
      intake.close();
    }
  }

  async #follow(intake: EventIntake): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#life.signal.aborted) {
      // Looked at before reading: what comes after the drain began was read after it.
      const isLast = this.#life.isDraining;
      const { sawOutput, leftBytes } = await intake.readAll();
      const isMore = leftBytes > 0;
      intake.release(clock.now() - MULTILINE_WAIT_MS);
      if (this.#sending?.isDone === true) {
        await this.#settle();
        await this.#backlog.free();
      }
      await this.#passEmptyLines(intake);
      await this.#trimNowAndThen(intake);
      const isEnd = isLast && !sawOutput && !isMore && !this.#batches.hasFull;
      if (isEnd) intake.finish();
      // For what is left there is room once this is sent; others have it sooner when uploads are few.
      const mustGo = isMore && (isLast || (this.#sending === undefined && leftBytes >= this.#worthBytes));
      const force = isEnd || mustGo;
      if (this.#batches.has(clock.now(), force)) await this.#sendNext(intake, force);
      else if (isEnd) return await this.#finish(intake);
      else if (!isLast) await this.#rest(intake, sawOutput || isMore);
    }
  }

  /** Goes on where an earlier agent left off; what it had under way is sent again. */
  async #takeUp(): Promise<EventIntake> {
    const firstLine = await this.#deps.firstLine();
    await this.#backlog.load();
    const { token, upload: note } = this.#backlog.note ?? {};
    if (token !== undefined) this.#uploads.goOnAfter(token);
    const upload = note === undefined ? undefined : await this.#outbox.find(note);
    if (upload !== undefined) this.#begin({ upload, buffers: [] });
    const { delivered } = this.#backlog;
    const from = upload === undefined ? delivered : later(upload.note.ends, delivered);
    const parts = { ...this.#deps, backlog: this.#backlog, batches: this.#batches, firstLine };
    return new EventIntake(parts, from);
  }

  async #rest(intake: EventIntake, sawOutput: boolean): Promise<void> {
    const now = this.#deps.clock.now();
    const due = this.#batches.dueAt(now) ?? Number.POSITIVE_INFINITY;
    const held = intake.heldSince ?? Number.POSITIVE_INFINITY;
    const { stdout, stderr } = intake.readUntil;
    const waitMs = Math.min(due - now, held + MULTILINE_WAIT_MS - now);
    await this.#life.activity.next(sawOutput, stdout + stderr, Math.max(waitMs, 0));
  }

  async #finish(intake: EventIntake): Promise<void> {
    await this.#untilSent(intake);
    await this.#settle();
    await this.#backlog.free();
    await this.#outbox.clear();
  }

  /** Makes an upload ready, and sends it once the one before was taken. `force`: as EventBatches has it. */
  async #sendNext(intake: EventIntake, force: boolean): Promise<void> {
    const turn = this.#sending === undefined ? await this.#turnToFill(intake) : undefined;
    const batch = this.#batches.take(this.#deps.clock.now(), force);
    if (batch === undefined) turn?.end();
    else await this.#send(intake, batch, turn);
  }

  /** Until it may send a sink has little in memory where that is short; then it reads what makes an upload worth it. */
  async #turnToFill(intake: EventIntake): Promise<UploadTurn> {
    const turn = await this.#whileTrimming(intake, this.#deps.turns.take(this.#life.signal));
    await intake.readAll(FILL_BYTES);
    return turn;
  }

  async #send(
    intake: EventIntake,
    { block, buffers, events, bytes, ends }: Batch,
    turn?: UploadTurn,
  ): Promise<void> {
    const all = later(this.#sending?.upload.note.ends ?? this.#backlog.delivered, ends);
    this.#readyBytes = bytesOf(buffers);
    this.#account();
    intake.account();
    const upload = await this.#outbox.keep(block, { ends: all, events, bytes });
    await this.#untilSent(intake);
    await this.#settle(upload.note);
    this.#begin({ upload, buffers }, turn);
    await this.#backlog.free();
  }

  #begin({ upload, buffers }: Pick<Sending, 'upload' | 'buffers'>, turn?: UploadTurn): void {
    this.#readyBytes = 0;
    const sending: Sending = {
      upload,
      buffers,
      isDone: false,
      done: this.#uploads.deliver(upload, turn).then(() => {
        sending.isDone = true;
        this.#life.activity.poke();
      }),
    };
    sending.done.catch(() => undefined);
    this.#sending = sending;
    this.#account();
  }

  /** Waits until what is under way was taken. */
  async #untilSent(intake: EventIntake): Promise<void> {
    if (this.#sending?.isDone === false) await this.#whileTrimming(intake, this.#sending.done);
  }

  /** Waits for something; meanwhile sees to it that not too much gathers. */
  async #whileTrimming<T>(intake: EventIntake, awaited: Promise<T>): Promise<T> {
    const { activity, signal } = this.#life;
    let isOver = false;
    const settle = (): void => {
      isOver = true;
      activity.poke();
    };
    void awaited.then(settle, settle);
    while (!isOver) {
      await activity.rest(TRIM_MS);
      // What is awaited may not end by the signal: credentials that nobody gives, for one.
      signal.throwIfAborted();
      if (!isOver) await this.#trimNowAndThen(intake);
    }
    return awaited;
  }

  async #trimNowAndThen(intake: EventIntake): Promise<void> {
    const now = this.#deps.clock.now();
    if (now < this.#trimmed + TRIM_MS) return;
    this.#trimmed = now;
    await this.#backlog.trim(intake.readUntil);
  }

  /** Puts on record that what was under way was taken, and what is to be sent now. */
  async #settle(next?: UploadNote): Promise<void> {
    const ends = this.#sending?.upload.note.ends ?? this.#backlog.delivered;
    const buffers = this.#sending?.buffers ?? [];
    this.#sending = undefined;
    this.#account();
    this.#deps.memory.giveBack(buffers);
    await this.#backlog.settle(ends, {
      token: this.#uploads.token,
      ...(next !== undefined && { upload: next }),
    });
  }

  async #passEmptyLines(intake: EventIntake): Promise<void> {
    const { delivered, note } = this.#backlog;
    const until = intake.doneUntil(delivered);
    if (SOURCES.every((source) => until[source] - delivered[source] < LEAST_EMPTY_BYTES)) return;
    await this.#backlog.settle(until, note ?? { token: this.#uploads.token });
    await this.#backlog.free();
  }

  /** What all sinks hold together is bounded. An upload under way is there twice: as it is, and as ciphertext. */
  #account(): void {
    const { upload, buffers } = this.#sending ?? {};
    const length = upload?.note.length ?? 0;
    this.#share.hold(this.#readyBytes + length + Math.max(length, bytesOf(buffers ?? [])));
  }
}

function later(a: Readonly<Offsets>, b: Readonly<Offsets>): Offsets {
  return { stdout: Math.max(a.stdout, b.stdout), stderr: Math.max(a.stderr, b.stderr) };
}
