/** Figures of a series of times, and how they are shown. */
export interface Figures {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly least: number;
  readonly most: number;
}

/** The value below which `share` (0 to 1) of the values lie; the nearest one that was measured. */
export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return Number.NaN;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] as number;
}

export function figuresOf(values: Iterable<number>): Figures {
  const sorted = Float64Array.from(values).toSorted();
  const list = [...sorted];
  return {
    count: list.length,
    p50: percentile(list, 0.5),
    p95: percentile(list, 0.95),
    p99: percentile(list, 0.99),
    least: list[0] ?? Number.NaN,
    most: list.at(-1) ?? Number.NaN,
  };
}

/** `12.3` below a hundred, `123` above. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value < 100 ? value.toFixed(value < 10 ? 2 : 1) : Math.round(value).toLocaleString('en-US');
}

/** A table with the first column to the left and the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export interface Mark {
  readonly name: string;
  readonly value: number;
  /** What it is to be at most, or at least. */
  readonly limit: number;
  readonly atLeast?: boolean;
  readonly unit: string;
}

/** One line a mark: met or missed. */
export function marks(list: readonly Mark[]): string {
  return list
    .map(({ name, value, limit, atLeast, unit }) => {
      const isMet = atLeast === true ? value >= limit : value <= limit;
      const word = atLeast === true ? 'at least' : 'at most';
      return `${isMet ? 'met   ' : 'MISSED'}  ${name}: ${number(value)}${unit} (${word} ${number(limit)}${unit})`;
    })
    .join('\n');
}
