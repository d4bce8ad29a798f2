/** Reads a container's output as events, as far as there is memory for it. */
import type { LineTest } from '../../ports/line-patterns.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventBatches } from './event-batches.ts';
import { EventReader } from './event-reader.ts';
import { BUFFER_BYTES, type MemoryBudget, type MemoryShare } from './memory-budget.ts';
import { BATCH_LIMITS } from './open-batch.ts';
import type { OutputBacklog } from './output-backlog.ts';
import { type Offsets, type OutputFiles, SOURCES, type Source } from './output-files.ts';

export interface EventIntakeParts {
  readonly files: OutputFiles;
  readonly backlog: Pick<OutputBacklog<unknown>, 'read'>;
  /** Of the first line of an event; undefined: each line is one. */
  readonly firstLine: LineTest | undefined;
  /** Where events go. */
  readonly batches: EventBatches;
  readonly memory: MemoryBudget;
  readonly clock: Clock;
}

/** What came of a look at the files. */
export interface Look {
  readonly sawOutput: boolean;
  /** So much is left, for which there is no room. */
  readonly leftBytes: number;
}

/** With a pattern a match may be slow: others get their turn more often. */
const PATTERN_READ_BYTES = 16_384;
/** In memory, besides the uploads: one batch that is full and one that fills. */
const MOST_PENDING_BYTES = 2 * BATCH_LIMITS.bytes;

export class EventIntake {
  readonly #parts: EventIntakeParts;
  readonly #readers: Readonly<Record<Source, EventReader>>;
  readonly #share: MemoryShare;

  constructor(parts: EventIntakeParts, from: Readonly<Offsets>) {
    const { firstLine, batches, memory } = parts;
    const newReader = (source: Source): EventReader =>
      new EventReader(source, from[source], firstLine, batches);
    this.#parts = parts;
    this.#readers = { stdout: newReader('stdout'), stderr: newReader('stderr') };
    this.#share = memory.share();
  }

  /** Offsets of what is to be read next. */
  get readUntil(): Offsets {
    const { stdout, stderr } = this.#readers;
    return { stdout: stdout.offset, stderr: stderr.offset };
  }

  /** Up to where all is done with, when this is delivered: empty lines are no events, so that nothing of them ever is. */
  doneUntil(delivered: Readonly<Offsets>): Offsets {
    const until = (source: Source): number => {
      const { eventsEnd, passed } = this.#readers[source];
      return eventsEnd <= delivered[source] ? Math.max(passed, delivered[source]) : delivered[source];
    };
    return { stdout: until('stdout'), stderr: until('stderr') };
  }

  /** When the first of the events began that wait for more lines; undefined where there is none. */
  get heldSince(): number | undefined {
    const since = SOURCES.flatMap((source) => this.#readers[source].heldSince ?? []);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  /** Reads what is there; in any case until so much waits in the batches. */
  async readAll(leastBytes = 0): Promise<Look> {
    const sizes = await this.#parts.files.sizes();
    let sawOutput = false;
    let leftBytes = 0;
    for (const source of SOURCES) {
      const reader = this.#readers[source];
      while (reader.offset < sizes[source] && (await this.#readPiece(source, leastBytes))) sawOutput = true;
      leftBytes += Math.max(0, sizes[source] - reader.offset);
    }
    return { sawOutput, leftBytes };
  }

  /** Ends events that have waited for more lines since then. */
  release(since: number): void {
    for (const source of SOURCES) {
      const reader = this.#readers[source];
      if (reader.heldSince !== undefined && reader.heldSince <= since)
        reader.release(this.#parts.clock.now());
    }
    this.account();
  }

  /** Ends all that is left. */
  finish(): void {
    for (const source of SOURCES) this.#readers[source].finish(this.#parts.clock.now());
    this.account();
  }

  /** Says what is held; to be called when something was taken from the batches. */
  account(): void {
    const held = SOURCES.reduce((sum, source) => sum + this.#readers[source].heldBytes, 0);
    this.#share.hold(this.#parts.batches.memoryBytes + held);
  }

  close(): void {
    this.#share.hold(0);
  }

  /** False when there was nothing, or no room. */
  #readPiece(source: Source, leastBytes: number): Promise<boolean> {
    const { memory, backlog, batches, clock, firstLine } = this.#parts;
    const most = firstLine === undefined ? BUFFER_BYTES : PATTERN_READ_BYTES;
    const pending = batches.pendingBytes;
    const room = Math.min(most, Math.max(memory.room(pending, MOST_PENDING_BYTES), leastBytes - pending));
    if (room <= 0) return Promise.resolve(false);
    const reader = this.#readers[source];
    return memory.withBuffer(async (buffer) => {
      const piece = await backlog.read(source, reader.offset, room, buffer);
      const now = clock.now();
      if ('gapUntil' in piece) reader.skipTo(piece.gapUntil, now);
      else if (piece.bytes.length === 0) return false;
      else reader.push(piece.bytes, now);
      this.account();
      return true;
    });
  }
}
