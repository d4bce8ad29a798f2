/**
 * Delivers one container's output line by line to an OutputTarget. The files are the queue: what the target has not taken
 * stays there and is handed over again, also by the next agent (at least once, in order within a file).
 */
import { hasKind } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { LineReader, type OutputLine } from './line-reader.ts';
import type { MemoryBudget, MemoryShare } from './memory-budget.ts';
import { OutputBacklog } from './output-backlog.ts';
import { type Offsets, type OutputFiles, SOURCES, type Source } from './output-files.ts';
import type { OutputMeter } from './output-meter.ts';
import type { OutputSink } from './output-sink.ts';
import type { OutputTarget } from './output-target.ts';
import { SinkLife } from './sink-life.ts';
import type { WakeUps } from './wake-ups.ts';

export interface LineSinkDeps {
  readonly files: OutputFiles;
  readonly target: OutputTarget;
  readonly limits: DeliveryLimits;
  /** Whether the target is gone for good: the end of the output then waits for it no longer. */
  readonly hasEnded: () => boolean;
  /** What makes ids of parts of lines differ from those of other containers. */
  readonly owner: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: OutputMeter;
  readonly memory: MemoryBudget;
  readonly wakeUps: WakeUps;
}

export interface DeliveryLimits {
  /** Of one batch. */
  readonly lines: number;
  /** Of one batch; a line more may be over it. */
  readonly bytes: number;
  /** How long a line waits for others. */
  readonly flushIntervalMs: number;
  /** Between two tries: doubled from the first to the last. */
  readonly firstRetryMs: number;
  readonly lastRetryMs: number;
  /** Of output that waits; what is more is let go. */
  readonly backlogBytes: number;
  /** The same in lines; undefined: any number. */
  readonly backlogLines: number | undefined;
}

type Readers = Readonly<Record<Source, LineReader>>;

const READ_BYTES = 65_536;
/** Between two looks at what waits while nothing is taken. */
const TRIM_MS = 200;

export class LineSink implements OutputSink {
  readonly #deps: LineSinkDeps;
  readonly #backlog: OutputBacklog<undefined>;
  readonly #life: SinkLife;
  #lines: OutputLine[] = [];
  #bytes = 0;
  #since = 0;
  readonly #share: MemoryShare;

  constructor(deps: LineSinkDeps) {
    this.#deps = deps;
    this.#share = deps.memory.share();
    this.#life = new SinkLife(deps);
    this.#backlog = new OutputBacklog({ ...deps, mostBytes: deps.limits.backlogBytes });
  }

  start(): void {
    this.#life.start(() => this.#run());
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#life.drain(signal);
    await this.#backlog.abandon();
    await this.close();
  }

  async close(): Promise<void> {
    await this.#life.close();
    this.#share.hold(0);
    this.#deps.target.close();
  }

  async #run(): Promise<void> {
    await this.#backlog.load();
    const { delivered } = this.#backlog;
    const newReader = (source: Source): LineReader =>
      new LineReader(source, delivered[source], this.#deps.owner);
    const readers: Readers = { stdout: newReader('stdout'), stderr: newReader('stderr') };
    while (!this.#life.signal.aborted) {
      // Looked at before reading: what comes after the drain began was read after it.
      const isLast = this.#life.isDraining;
      const sawOutput = await this.#readAll(readers);
      await this.#backlog.trim(readUntil(readers));
      const isEnd = isLast && !sawOutput && !this.#isFull();
      if (isEnd) this.#finishLines(readers);
      if (this.#isFull() || (this.#lines.length > 0 && (isEnd || this.#isDue())))
        await this.#deliver(readers);
      else if (isEnd) return;
      else if (!isLast) await this.#rest(readers, sawOutput);
    }
  }

  /** It need not wait for more, or cannot. */
  #isFull(): boolean {
    const { lines, bytes } = this.#deps.limits;
    return this.#lines.length >= lines || this.#bytes >= bytes || this.#room() === 0;
  }

  /** How much may be read. */
  #room(): number {
    const { memory, limits } = this.#deps;
    return Math.min(READ_BYTES, memory.room(this.#bytes, limits.bytes + READ_BYTES));
  }

  #isDue(): boolean {
    return this.#deps.clock.now() >= this.#since + this.#deps.limits.flushIntervalMs;
  }

  async #rest(readers: Readers, sawOutput: boolean): Promise<void> {
    const { clock, limits } = this.#deps;
    const due = this.#lines.length === 0 ? Number.POSITIVE_INFINITY : this.#since + limits.flushIntervalMs;
    const { stdout, stderr } = readUntil(readers);
    await this.#life.activity.next(sawOutput, stdout + stderr, Math.max(due - clock.now(), 0));
  }

  /** Reads what is there, up to a full batch. True when there was something. */
  async #readAll(readers: Readers): Promise<boolean> {
    let sawOutput = false;
    for (const source of SOURCES) {
      while (!this.#isFull() && (await this.#readPiece(source, readers[source]))) sawOutput = true;
    }
    return sawOutput;
  }

  /** True when there was something to read. */
  async #readPiece(source: Source, reader: LineReader): Promise<boolean> {
    const { clock } = this.#deps;
    const piece = await this.#backlog.read(source, reader.offset, this.#room());
    if ('gapUntil' in piece) {
      this.#add(reader.finish(clock.now()));
      reader.skipTo(piece.gapUntil);
      return true;
    }
    this.#add(reader.push(piece.bytes, clock.now()));
    return piece.bytes.length > 0;
  }

  #finishLines(readers: Readers): void {
    const now = this.#deps.clock.now();
    for (const source of SOURCES) this.#add(readers[source].finish(now));
  }

  #add(lines: readonly OutputLine[]): void {
    if (lines.length === 0) return;
    if (this.#lines.length === 0) this.#since = this.#deps.clock.now();
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += line.bytes;
    }
    this.#share.hold(this.#bytes);
  }

  async #deliver(readers: Readers): Promise<void> {
    const { limits, meter } = this.#deps;
    const batch = this.#lines.slice(0, limits.lines);
    const amount = { events: batch.length, bytes: sumOf(batch) };
    if (await this.#handOver(batch, readers)) meter.noteDelivered(amount);
    else meter.noteLost('rejected', amount);
    this.#lines = this.#lines.slice(batch.length);
    this.#bytes -= amount.bytes;
    this.#share.hold(this.#bytes);
    await this.#backlog.settle(endsOf(batch), undefined);
    await this.#backlog.free();
  }

  /** Tries until it is taken (true) or refused for good; ends this sink's life when nobody will take it any more. */
  async #handOver(batch: readonly OutputLine[], readers: Readers): Promise<boolean> {
    const { limits } = this.#deps;
    for (let delayMs = limits.firstRetryMs; ; delayMs = Math.min(delayMs * 2, limits.lastRetryMs)) {
      const outcome = await this.#attempt(batch, delayMs === limits.firstRetryMs);
      if (outcome !== 'again') return outcome === 'taken';
      if (this.#life.isDraining && this.#deps.hasEnded()) this.#life.end();
      await this.#pause(this.#life.isDraining ? limits.firstRetryMs : delayMs, readers);
    }
  }

  async #attempt(batch: readonly OutputLine[], isFirst: boolean): Promise<'taken' | 'refused' | 'again'> {
    const { target, logger } = this.#deps;
    const { signal } = this.#life;
    try {
      await target.deliver(batch, signal);
      return 'taken';
    } catch (error) {
      if (signal.aborted) throw error;
      const isRefused = hasKind(error, 'invalid');
      // The tries that follow say nothing new.
      if (isFirst || isRefused) logger.warn('logs: lines were not taken', { lines: batch.length, error });
      // Nothing is gained by holding up what comes after.
      return isRefused ? 'refused' : 'again';
    }
  }

  /** Meanwhile sees to it that not too much gathers. Shorter once the output has ended. */
  async #pause(ms: number, readers: Readers): Promise<void> {
    const { clock } = this.#deps;
    const { signal } = this.#life;
    const until = clock.now() + ms;
    const wasDraining = this.#life.isDraining;
    for (let left = ms; left > 0 && wasDraining === this.#life.isDraining; left = until - clock.now()) {
      await clock.sleep(Math.min(left, TRIM_MS), signal);
      await this.#trim(readers);
    }
  }

  async #trim(readers: Readers): Promise<void> {
    const { backlogLines } = this.#deps.limits;
    await this.#backlog.trim(readUntil(readers));
    if (backlogLines !== undefined) await this.#backlog.trimLines(readUntil(readers), backlogLines);
  }
}

function readUntil({ stdout, stderr }: Readers): Offsets {
  return { stdout: stdout.offset, stderr: stderr.offset };
}

function sumOf(lines: readonly OutputLine[]): number {
  return lines.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Where in its file the last line of each source ends; 0 where there is none. */
function endsOf(lines: readonly OutputLine[]): Offsets {
  const ends: Offsets = { stdout: 0, stderr: 0 };
  for (const { source, end } of lines) ends[source] = end;
  return ends;
}
