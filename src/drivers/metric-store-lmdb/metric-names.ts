/** Which metrics there are: a number for each, by which their points are found. */
import type { Scope } from '../../domain/arn.ts';
import { AppError } from '../../domain/errors.ts';
import { matches } from '../../domain/metrics/identity-filter.ts';
import { filterPrefix, scopePrefix } from '../../domain/metrics/metric-key.ts';
import type { MetricIdentity } from '../../domain/metrics/metric.ts';
import type { MetricFilter, MetricPage } from '../../ports/metric-store.ts';
import type { LmdbWrite } from '../lmdb-file/lmdb-write.ts';
import { idKey, type MetricFile, nameKey, namesFrom, put, remove } from './metric-file.ts';
import { otherWork } from './other-work.ts';

/** How many are looked at before other work has its turn, and for one page. */
const AT_ONCE = 500;
const FOR_A_PAGE = 20_000;

interface Named {
  readonly key: Buffer;
  readonly id: number;
  readonly metric: MetricIdentity;
}

export class MetricNames {
  readonly #file: MetricFile;

  constructor(file: MetricFile) {
    this.#file = file;
  }

  /** Of a metric's key; undefined where nothing was ever put. */
  idOf(name: string): number | undefined {
    return this.#file.series.getBinaryFast(nameKey(name))?.readUInt32BE(0);
  }

  /** For a transaction. */
  create(name: string, id: number, metric: MetricIdentity): LmdbWrite {
    const value = Buffer.concat([idKey(id), Buffer.from(JSON.stringify(metric))]);
    return put(this.#file.series, nameKey(name), value);
  }

  /** `lastPut` as the last flush left it; zero where it is not known. */
  lastPut(id: number): number {
    return this.#file.seen.getBinaryFast(idKey(id))?.readDoubleBE(0) ?? 0;
  }

  /** `lastPutOf` knows what was put since the last flush, too. */
  async list(
    scope: Scope,
    { filter, limit, after }: { filter: MetricFilter; limit: number; after: string | undefined },
    lastPutOf: (id: number) => number,
  ): Promise<MetricPage> {
    const { start, end } = namesFrom(filterPrefix(scope, filter.namespace, filter.name));
    const metrics: MetricIdentity[] = [];
    let last = after === undefined ? undefined : positionOf(after, scope);
    for (let seen = 0; seen < FOR_A_PAGE; seen += AT_ONCE) {
      const named = this.#range(
        last !== undefined && Buffer.compare(last, start) > 0 ? last : start,
        end,
        last,
      );
      for (const { key, id, metric } of named) {
        const isActive = filter.activeSince === undefined || lastPutOf(id) >= filter.activeSince;
        if (isActive && matches(filter, metric)) {
          if (metrics.length === limit) return { metrics, next: (last as Buffer).toString('base64url') };
          metrics.push(metric);
        }
        last = key;
      }
      if (named.length < AT_ONCE) return { metrics };
      await otherWork();
    }
    return { metrics, next: (last as Buffer).toString('base64url') };
  }

  /** Those behind a key, of all scopes, a slice at a time. */
  slice(behind: Buffer | undefined): readonly Named[] {
    return this.#range(behind ?? Buffer.alloc(0), Buffer.of(0xff), behind);
  }

  /** For a transaction. */
  remove({ key, id }: Named): LmdbWrite[] {
    return [remove(this.#file.series, key), remove(this.#file.seen, idKey(id))];
  }

  #range(start: Buffer, end: Buffer, but: Buffer | undefined): Named[] {
    const found: Named[] = [];
    for (const { key, value } of this.#file.series.getRange({ start, end, limit: AT_ONCE + 1 })) {
      const own = Buffer.from(key);
      if (but?.equals(own) === true) continue;
      found.push({ key: own, id: value.readUInt32BE(0), metric: JSON.parse(value.toString('utf8', 4)) });
      if (found.length === AT_ONCE) break;
    }
    return found;
  }
}

function positionOf(after: string, scope: Scope): Buffer {
  const key = Buffer.from(after, 'base64url');
  if (!key.toString('utf8').startsWith(scopePrefix(scope)))
    throw new AppError('invalid', 'no page gave this');
  return key;
}
