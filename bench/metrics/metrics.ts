/**
 * The store of metrics: what puts and reads take, and what a point takes on disk. The clock is the bench's own, so that
 * weeks of minutes go by as fast as they can be put.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MetricDatum, MetricIdentity } from '../../src/domain/metrics/metric.ts';
import { LmdbMetricStore } from '../../src/drivers/metric-store-lmdb/lmdb-metric-store.ts';
import { systemClock } from '../../src/drivers/system/system-clock.ts';
import { ManualClock } from '../../src/ports/testing/manual-clock.ts';
import { type Figures, figuresOf, number, table } from '../figures.ts';
import { KINDS, valueOf } from './load.ts';

export interface MetricsOptions {
  readonly series: number;
  readonly days: number;
  /** Of a measurement of puts. */
  readonly seconds: number;
  readonly directory: string;
}

export interface MetricsResult {
  readonly putsPerSecond: number;
  readonly pointsPerSecond: number;
  /** Milliseconds. */
  readonly put: Figures;
  readonly readDay: Figures;
  readonly list: Figures;
  readonly longestStallMs: number;
  readonly bytesAPoint: number;
  readonly fileBytes: number;
}

const SCOPE = { account: '123456789012', region: 'eu-central-1' };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CALLERS = 32;
const DATA_A_PUT = 20;
const READS = 200;
const LISTED = 100_000;

export async function benchMetrics(options: MetricsOptions): Promise<MetricsResult> {
  const dir = await mkdtemp(join(options.directory, 'neargate-bench-metrics-'));
  try {
    const puts = await benchPuts(join(dir, 'puts'), options.seconds);
    const kept = await benchKept(join(dir, 'kept'), options);
    const lists = await benchLists(join(dir, 'lists'));
    const result = { ...puts, ...kept, ...lists };
    show(result, options);
    return result;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Callers at once, each of which puts 20 data and waits for the answer. */
async function benchPuts(
  dir: string,
  seconds: number,
): Promise<Pick<MetricsResult, 'putsPerSecond' | 'pointsPerSecond' | 'put'>> {
  const store = await LmdbMetricStore.open({ dir, clock: systemClock });
  const times: number[] = [];
  const end = performance.now() + seconds * 1_000;
  const call = async (caller: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const first = (caller * 50 + i * DATA_A_PUT) % 1_000;
      const data = Array.from({ length: DATA_A_PUT }, (_, j) => datum(first + j, systemClock.now()));
      const began = performance.now();
      await store.put(SCOPE, data);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(caller)));
  await store.close();
  const putsPerSecond = times.length / seconds;
  return { putsPerSecond, pointsPerSecond: putsPerSecond * DATA_A_PUT, put: figuresOf(times) };
}

/** A value a minute of each series, an hour at a time, with the store's upkeep in between. */
async function benchKept(
  dir: string,
  { series, days }: MetricsOptions,
): Promise<Pick<MetricsResult, 'bytesAPoint' | 'fileBytes' | 'readDay'>> {
  const clock = new ManualClock();
  const store = await LmdbMetricStore.open({ dir, clock });
  for (let hour = 0; hour < days * 24; hour++) {
    for (let quarter = 0; quarter < 4; quarter++) {
      clock.advance(15 * MINUTE);
      for (let first = 0; first < series; first += 100) {
        const ids = Array.from({ length: Math.min(100, series - first) }, (_, i) => first + i);
        const minutes = Array.from({ length: 15 }, (_, i) => clock.now() - (i + 1) * MINUTE);
        await store.put(
          SCOPE,
          minutes.flatMap((at) => ids.map((id) => datum(id, at))),
        );
      }
    }
    await store.compact(clock.now());
    if (hour % 240 === 239) process.stderr.write(`day ${(hour + 1) / 24} of ${days}\n`);
  }
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    const id = (i * 7) % series;
    const began = performance.now();
    await store.read(SCOPE, { metric: metric(id), start: clock.now() - DAY, end: clock.now(), period: 60 });
    times.push(performance.now() - began);
  }
  await store.close();
  const { size } = await stat(join(dir, 'data.mdb'));
  return { readDay: figuresOf(times), fileBytes: size, bytesAPoint: size / (series * days * 1_440) };
}

/** Pages of 500 of many metrics, few of which are wanted, and how long the process does nothing else. */
async function benchLists(dir: string): Promise<Pick<MetricsResult, 'list' | 'longestStallMs'>> {
  const store = await LmdbMetricStore.open({ dir, clock: systemClock });
  for (let first = 0; first < LISTED; first += 1_000) {
    await store.put(
      SCOPE,
      Array.from({ length: 1_000 }, (_, i) => datum(first + i, systemClock.now())),
    );
  }
  const watching = new AbortController();
  const stall = longestStall(watching.signal);
  const times: number[] = [];
  for (let next: string | undefined, isFirst = true; isFirst || next !== undefined; isFirst = false) {
    const began = performance.now();
    const filter = { dimensions: [{ name: 'TaskId', value: 'task-77777' }] };
    ({ next } = await store.list(SCOPE, filter, 500, next));
    times.push(performance.now() - began);
  }
  watching.abort();
  const longestStallMs = await stall;
  await store.close();
  return { list: figuresOf(times), longestStallMs };
}

async function longestStall(signal: AbortSignal): Promise<number> {
  let longest = 0;
  for (let last = performance.now(); !signal.aborted; last = performance.now()) {
    await delay(1);
    longest = Math.max(longest, performance.now() - last);
  }
  return longest;
}

function metric(id: number): MetricIdentity {
  const dimensions = [
    { name: 'ClusterName', value: 'bench' },
    { name: 'TaskId', value: `task-${id}` },
  ];
  return { namespace: 'ECS/ContainerInsights', name: KINDS[id % KINDS.length] ?? '', dimensions };
}

function datum(id: number, at: number): MetricDatum {
  const content = { values: [{ value: valueOf(id, Math.floor(at / MINUTE)), count: 1 }] };
  return { metric: metric(id), at, unit: 'None', resolution: 60, content };
}

function show(result: MetricsResult, { series, days }: MetricsOptions): void {
  const row = (name: string, { p50, p99, most }: Figures): string[] => [
    name,
    ...[p50, p99, most].map(number),
  ];
  console.log(
    table(
      ['milliseconds', 'p50', 'p99', 'most'],
      [
        row(`put of ${DATA_A_PUT}, ${CALLERS} at once`, result.put),
        row('read of a day', result.readDay),
        row(`page of ${LISTED.toLocaleString('en-US')} metrics, none wanted`, result.list),
      ],
    ),
  );
  console.log(`
${number(result.pointsPerSecond)} points a second put; nothing else done for ${number(result.longestStallMs)} ms while listing
${series} series, a value a minute, ${days} days: ${number(result.fileBytes / 1e6)} MB, ${number(result.bytesAPoint)} bytes a value`);
}
