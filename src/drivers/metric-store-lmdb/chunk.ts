/**
 * All points of a metric in one window, as bytes. Points lie in columns (times, values …), so that what is alike lies
 * side by side; then the whole is deflated where that makes it smaller.
 *
 *     1 byte PLAIN or DEFLATED, then: number of points, units, a unit a point where there are several, times, kinds,
 *     numbers of different values, values, how often each was seen; of points that need it: sums, minima, maxima
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { type Aggregate, merge, ofDistribution } from '../../domain/metrics/aggregate.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { readIntegers, readNumbers, writeIntegers, writeNumbers } from './columns.ts';

/** All that was put at one time in one unit. */
export interface Point {
  /** Epoch milliseconds of its beginning. */
  readonly at: number;
  readonly unit: string;
  readonly aggregate: Aggregate;
}

/** Of a window: where it begins, and how long a point is; milliseconds. */
export interface ChunkFrame {
  readonly start: number;
  readonly resolutionMs: number;
}

const PLAIN = 0;
const DEFLATED = 1;

/** What a point consists of. */
const ONE_VALUE = 0;
/** Values, from which all the rest follows. */
const VALUES = 1;
/** Values that were rounded: sum, minimum and maximum stand beside them. */
const ROUNDED_VALUES = 2;
/** A statistic set: how many, sum, minimum and maximum. */
const SET = 3;

/** `points` as `joinPoints` makes them. */
export function encodeChunk(points: readonly Point[], { start, resolutionMs }: ChunkFrame): Buffer {
  const out = new ByteWriter();
  out.natural(points.length);
  const units = [...new Set(points.map(({ unit }) => unit))];
  out.natural(units.length);
  for (const unit of units) out.text(unit);
  if (units.length > 1)
    writeIntegers(
      out,
      points.map(({ unit }) => units.indexOf(unit)),
    );
  writeIntegers(
    out,
    points.map(({ at }) => (at - start) / resolutionMs),
  );
  writeAggregates(
    out,
    points.map(({ aggregate }) => aggregate),
  );
  const deflated = deflateRawSync(out.bytes);
  const isSmaller = deflated.length < out.bytes.length;
  return Buffer.concat([Buffer.of(isSmaller ? DEFLATED : PLAIN), isSmaller ? deflated : out.bytes]);
}

/** Keeps nothing of `bytes`. Throws `internal` for bytes that are no chunk. */
export function decodeChunk(bytes: Buffer, { start, resolutionMs }: ChunkFrame): Point[] {
  const body = bytes.subarray(1);
  const from = new ByteReader(bytes[0] === DEFLATED ? inflateRawSync(body) : body);
  const length = from.natural();
  const units = Array.from({ length: from.natural() }, () => from.text());
  const unitOf = units.length > 1 ? readIntegers(from, length) : undefined;
  const times = readIntegers(from, length);
  return readAggregates(from, length).map((aggregate, index) => ({
    at: start + (times[index] ?? 0) * resolutionMs,
    unit: units[unitOf?.[index] ?? 0] ?? '',
    aggregate,
  }));
}

/** In order of time, then of unit, and those of the same time and unit as one. */
export function joinPoints(points: readonly Point[], exactValues: number): Point[] {
  const sorted = points.toSorted((a, b) => a.at - b.at || (a.unit < b.unit ? -1 : Number(a.unit > b.unit)));
  const joined: Point[] = [];
  for (let i = 0; i < sorted.length; ) {
    const first = sorted[i] as Point;
    const aggregates: Aggregate[] = [];
    for (; sorted[i]?.at === first.at && sorted[i]?.unit === first.unit; i++) {
      aggregates.push((sorted[i] as Point).aggregate);
    }
    joined.push({ ...first, aggregate: merge(aggregates, exactValues) });
  }
  return joined;
}

function writeAggregates(out: ByteWriter, aggregates: readonly Aggregate[]): void {
  const kinds = aggregates.map(kindOf);
  writeIntegers(out, kinds);
  const lists = aggregates.filter((_, i) => kinds[i] === VALUES || kinds[i] === ROUNDED_VALUES);
  writeIntegers(
    out,
    lists.map(({ distribution = [] }) => distribution.length),
  );
  const values = aggregates.flatMap(({ distribution = [] }) => distribution.map(({ value }) => value));
  const counts = aggregates.flatMap((one, i) =>
    kinds[i] === ONE_VALUE ? [] : (one.distribution?.map(({ count }) => count) ?? [one.sampleCount]),
  );
  const sets = aggregates.filter((_, i) => kinds[i] === ROUNDED_VALUES || kinds[i] === SET);
  const columns = [
    values,
    counts,
    sets.map(({ sum }) => sum),
    sets.map(({ minimum }) => minimum),
    sets.map(({ maximum }) => maximum),
  ];
  for (const column of columns) if (column.length > 0) writeNumbers(out, column);
}

function readAggregates(from: ByteReader, length: number): Aggregate[] {
  const kinds = readIntegers(from, length);
  const has = (...wanted: number[]): number => kinds.filter((kind) => wanted.includes(kind)).length;
  const lengths = readIntegers(from, has(VALUES, ROUNDED_VALUES));
  const listed = lengths.reduce((sum, one) => sum + one, 0);
  const column = (size: number): Iterator<number> => (size > 0 ? readNumbers(from, size) : []).values();
  const next = (numbers: Iterator<number>): number => numbers.next().value as number;
  const values = column(listed + has(ONE_VALUE));
  const counts = column(listed + has(SET));
  const [sums, minima, maxima] = [0, 1, 2].map(() => column(has(ROUNDED_VALUES, SET))) as [
    Iterator<number>,
    Iterator<number>,
    Iterator<number>,
  ];
  const sizes = lengths.values();
  const set = () => ({ sum: next(sums), minimum: next(minima), maximum: next(maxima) });
  return kinds.map((kind) => {
    if (kind === ONE_VALUE) return ofDistribution([{ value: next(values), count: 1 }]);
    if (kind === SET) return { sampleCount: next(counts), ...set() };
    const list = Array.from({ length: next(sizes) }, () => ({ value: next(values), count: next(counts) }));
    return kind === VALUES ? ofDistribution(list) : { ...ofDistribution(list), ...set() };
  });
}

function kindOf(aggregate: Aggregate): number {
  const { distribution, sum, minimum, maximum, sampleCount } = aggregate;
  if (distribution === undefined) return SET;
  const plain = ofDistribution(distribution);
  if (plain.sum !== sum || plain.minimum !== minimum || plain.maximum !== maximum) return ROUNDED_VALUES;
  return distribution.length === 1 && sampleCount === 1 ? ONE_VALUE : VALUES;
}
