/** Meters in the memory of their process. Series are bounded: what would be one too many counts as `other`. */
import {
  type CounterName,
  type HistogramName,
  type Labels,
  type LabelsOf,
  type MetricFamily,
  type MetricName,
  metricRow,
} from '../../domain/telemetry/metrics.ts';
import type { Counter, Histogram, Meters } from '../../ports/meters.ts';

/** Of one metric. */
const MOST_SERIES = 2_000;
/** Every label of the series that takes what is too much. */
const OTHER = 'other';

type Source = () => readonly MetricFamily[] | Promise<readonly MetricFamily[]>;

export class MemoryMeters implements Meters {
  readonly #counters = new Map<CounterName, MemoryCounter>();
  readonly #histograms = new Map<HistogramName, MemoryHistogram>();
  readonly #sources: Source[] = [];
  readonly #failures: Counter<{ readonly process: string }>;
  readonly #process: string;

  /** `process` names it among others. */
  constructor(process: string) {
    this.#process = process;
    this.#failures = this.counter('neargate_metric_source_failures_total');
  }

  counter<N extends CounterName>(name: N): Counter<LabelsOf<N>> {
    return known(this.#counters, name, () => new MemoryCounter(name));
  }

  histogram<N extends HistogramName>(name: N): Histogram<LabelsOf<N>> {
    return known(this.#histograms, name, () => new MemoryHistogram(name));
  }

  source(figures: Source): void {
    this.#sources.push(figures);
  }

  async collect(): Promise<MetricFamily[]> {
    const looked = await Promise.allSettled(this.#sources.map(async (figures) => figures()));
    const found = looked.flatMap((result) => {
      if (result.status === 'fulfilled') return result.value;
      this.#failures.add({ process: this.#process });
      return [];
    });
    const counted = [...this.#counters.values(), ...this.#histograms.values()];
    return [...counted.map((one) => one.family()), ...found];
  }
}

/** Values of one kind by their labels. */
class Series<V> {
  readonly name: MetricName;
  readonly #labelNames: readonly string[];
  readonly #made: () => V;
  readonly #series = new Map<string, { readonly labels: Labels; readonly value: V }>();

  constructor(name: MetricName, made: () => V) {
    this.name = name;
    this.#labelNames = metricRow(name).labels;
    this.#made = made;
    // What is without labels is there from the start, so that its first rise is seen.
    if (this.#labelNames.length === 0) this.of({});
  }

  of(labels: Labels): V {
    const key = this.#labelNames.map((name) => labels[name]).join('\0');
    const found = this.#series.get(key);
    if (found !== undefined) return found.value;
    const isRoom = this.#series.size < MOST_SERIES;
    const own = Object.fromEntries(this.#labelNames.map((name) => [name, labels[name] ?? '']));
    if (!isRoom && this.#labelNames.some((name) => own[name] !== OTHER)) {
      return this.of(Object.fromEntries(this.#labelNames.map((name) => [name, OTHER])));
    }
    const value = this.#made();
    this.#series.set(key, { labels: own, value });
    return value;
  }

  all(): { readonly labels: Labels; readonly value: V }[] {
    return [...this.#series.values()];
  }
}

class MemoryCounter implements Counter<Labels> {
  readonly #series: Series<{ count: number }>;

  constructor(name: CounterName) {
    this.#series = new Series(name, () => ({ count: 0 }));
  }

  add(labels: Labels, amount = 1): void {
    this.#series.of(labels).count += amount;
  }

  family(): MetricFamily {
    const points = this.#series.all().map(({ labels, value }) => ({ labels, value: value.count }));
    return { name: this.#series.name, points };
  }
}

class MemoryHistogram implements Histogram<Labels> {
  readonly #bounds: readonly number[];
  readonly #series: Series<{ readonly counts: number[]; sum: number }>;

  constructor(name: HistogramName) {
    const row = metricRow(name);
    const bounds = row.kind === 'histogram' ? row.bounds : [];
    this.#bounds = bounds;
    this.#series = new Series(name, () => ({
      counts: Array.from({ length: bounds.length + 1 }, () => 0),
      sum: 0,
    }));
  }

  observe(labels: Labels, value: number): void {
    const one = this.#series.of(labels);
    const at = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = at === -1 ? this.#bounds.length : at;
    one.counts[bucket] = (one.counts[bucket] ?? 0) + 1;
    one.sum += value;
  }

  family(): MetricFamily {
    const points = this.#series.all().map(({ labels, value: { counts, sum } }) => {
      return { labels, counts: [...counts], sum };
    });
    return { name: this.#series.name, points };
  }
}

function known<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const found = all.get(key) ?? make();
  all.set(key, found);
  return found;
}
