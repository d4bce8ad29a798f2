/**
 * Counts what one task uses from the beginning of a minute to its end, from readings of counters and gauges at any
 * moments between. Pure; times are epoch milliseconds.
 *
 * INVARIANT: what a counter rose by is told in one minute and no other, whenever it was read.
 */
import type { BlockRow, ContainerFigures, NetworkFigures } from '../metadata/statistics.ts';
import type { ContainerMinute, NetworkMinute, StorageMinute, TaskMinute } from './task-minute.ts';

const MIB = 2 ** 20;
const NS_A_MS = 1_000_000;
const UNITS_A_CPU = 1024;
const LOOP_MAJOR = 7;

/** What a task's disk has counted, and how full it is. */
export interface DiskReading {
  readonly reservedBytes: number;
  readonly usedBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** What is known of a container without measuring it. */
export type ContainerDescription = Pick<
  ContainerMinute,
  'name' | 'runtimeId' | 'image' | 'status' | 'restartCount' | 'health'
>;

export interface MinuteDescription {
  readonly taskId: string;
  readonly taskArn: string;
  readonly at: number;
  /** In their order. */
  readonly containers: readonly ContainerDescription[];
  /** What the platform version measures. */
  readonly hasNetwork: boolean;
  readonly hasEphemeralStorage: boolean;
}

/** A counter that only rises. */
class Counter {
  #value: number | undefined;
  #from: number;
  #base: number | undefined;

  /** With `isNew` it was 0 at `from`; otherwise nothing is known before its first reading. */
  constructor(from: number, isNew: boolean) {
    this.#from = from;
    this.#base = isNew ? 0 : undefined;
  }

  set(value: number, at: number): void {
    if (this.#base === undefined) {
      this.#base = value;
      this.#from = at;
    }
    this.#value = value;
  }

  /** What it rose by in a millisecond since the last time this was asked, until `now`. */
  take(now: number): number {
    const base = this.#base ?? 0;
    const value = this.#value ?? base;
    const ms = now - this.#from;
    if (this.#base !== undefined) {
      this.#base = value;
      this.#from = now;
    }
    return ms > 0 ? Math.max(value - base, 0) / ms : 0;
  }
}

class ContainerMeter {
  readonly #cpu: Counter;
  readonly #read: Counter;
  readonly #written: Counter;
  #countsBlocks = false;
  #hasRun = false;
  /** The mean of this minute's readings; before the first, the last of an earlier minute. */
  #memoryBytes = 0;
  #readings = 0;

  constructor(from: number, isNew: boolean) {
    this.#cpu = new Counter(from, isNew);
    this.#read = new Counter(from, isNew);
    this.#written = new Counter(from, isNew);
  }

  /** It ran in this minute. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  add({ cpu, memory, block, processes }: ContainerFigures, at: number): void {
    this.#cpu.set(cpu.total, at);
    this.#countsBlocks = block.bytes.length > 0;
    this.#read.set(sumOf(block.bytes, 'read'), at);
    this.#written.set(sumOf(block.bytes, 'write'), at);
    this.#hasRun = true;
    // Of one that has ended only the counters are its own.
    if (processes === 0) return;
    this.#memoryBytes += (workingSet(memory) - this.#memoryBytes) / (this.#readings + 1);
    this.#readings += 1;
  }

  take(
    description: ContainerDescription,
    now: number,
    diskOfItsOwn: StorageMinute | undefined,
  ): ContainerMinute {
    const counted = storageMinute(this.#read, this.#written, now);
    const storage = this.#countsBlocks ? counted : diskOfItsOwn;
    const minute = {
      ...description,
      cpuUtilized: (this.#cpu.take(now) / NS_A_MS) * UNITS_A_CPU,
      memoryUtilized: this.#memoryBytes / MIB,
      ...(storage !== undefined && { storage }),
    };
    this.#hasRun = false;
    this.#readings = 0;
    return minute;
  }
}

export class TaskMeter {
  readonly #containers = new Map<string, ContainerMeter>();
  readonly #rx: Counter;
  readonly #tx: Counter;
  readonly #read: Counter;
  readonly #written: Counter;
  #network: NetworkFigures | undefined;
  #disk: DiskReading | undefined;

  /** With `isNew` its interface and its disk were made after `from`. */
  constructor(from: number, isNew: boolean) {
    this.#rx = new Counter(from, isNew);
    this.#tx = new Counter(from, isNew);
    this.#read = new Counter(from, isNew);
    this.#written = new Counter(from, isNew);
  }

  /** `since`: the beginning of the minute, when a container that started after it had used nothing. */
  container(
    runtimeId: string,
    figures: ContainerFigures,
    { at, since, isNew }: { readonly at: number; readonly since: number; readonly isNew: boolean },
  ): void {
    const known = this.#containers.get(runtimeId);
    const meter = known ?? new ContainerMeter(since, isNew);
    if (known === undefined) this.#containers.set(runtimeId, meter);
    meter.add(figures, at);
  }

  network(figures: NetworkFigures, at: number): void {
    this.#network = figures;
    this.#rx.set(figures.rxBytes, at);
    this.#tx.set(figures.txBytes, at);
  }

  disk(reading: DiskReading, at: number): void {
    this.#disk = reading;
    this.#read.set(reading.readBytes, at);
    this.#written.set(reading.writtenBytes, at);
  }

  /** Ends the minute; undefined when no container ran in it. */
  take(description: MinuteDescription, now: number): TaskMinute | undefined {
    const { taskId, taskArn, at, hasNetwork, hasEphemeralStorage } = description;
    const network = networkMinute(this.#network, this.#rx, this.#tx, now);
    const disk = this.#disk;
    const storage = disk === undefined ? undefined : storageMinute(this.#read, this.#written, now);
    const alone = description.containers.length === 1 ? storage : undefined;
    const containers = description.containers.flatMap((container) => {
      const meter = this.#containers.get(container.runtimeId);
      return meter?.hasRun === true ? [meter.take(container, now, alone)] : [];
    });
    if (containers.length === 0) return undefined;
    return {
      ...{ taskId, taskArn, at, containers },
      ...(hasNetwork && network !== undefined && { network }),
      ...(storage !== undefined && { storage }),
      ...(hasEphemeralStorage &&
        disk !== undefined && {
          ephemeralStorage: { reserved: disk.reservedBytes, utilized: disk.usedBytes },
        }),
    };
  }
}

/** What a container holds and the kernel cannot take back without harm. */
function workingSet({ usage, stats }: ContainerFigures['memory']): number {
  const reclaimable = stats['cache'] ?? stats['inactive_file'] ?? 0;
  return Math.max(usage - reclaimable, 0);
}

/** The disk of a task is a loop device, whose own file is on another device: bytes are counted once. */
function sumOf(rows: readonly BlockRow[], op: 'read' | 'write'): number {
  const ofDisk = rows.filter(({ major }) => major === LOOP_MAJOR);
  return (ofDisk.length > 0 ? ofDisk : rows)
    .filter((row) => row.op.toLowerCase() === op)
    .reduce((sum, { value }) => sum + value, 0);
}

function storageMinute(read: Counter, written: Counter, now: number): StorageMinute {
  return { readBytesPerSecond: read.take(now) * 1000, writeBytesPerSecond: written.take(now) * 1000 };
}

function networkMinute(
  figures: NetworkFigures | undefined,
  rx: Counter,
  tx: Counter,
  now: number,
): NetworkMinute | undefined {
  if (figures === undefined) return undefined;
  const { rxPackets, rxErrors, rxDropped, txPackets, txErrors, txDropped } = figures;
  return {
    ...{ rxBytesPerSecond: rx.take(now) * 1000, txBytesPerSecond: tx.take(now) * 1000 },
    ...{ rxPackets, rxErrors, rxDropped, txPackets, txErrors, txDropped },
  };
}
