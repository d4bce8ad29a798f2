/** Runs a query over the events of its groups, in turns with what else there is to do. */
import { setImmediate } from 'node:timers/promises';
import type { Scope } from '../../../domain/arn.ts';
import { parseQuery, type Query } from '../../../domain/logs/insights/parse-query.ts';
import { malformedQuery } from '../../../domain/logs/insights/query-error.ts';
import { Row } from '../../../domain/logs/insights/row.ts';
import { QueryRun, type ResultCell, wantedOrder } from '../../../domain/logs/insights/run-query.ts';
import { eventBytes } from '../../../domain/logs/put-batch.ts';
import type { LogQueryRecord } from '../../../domain/logs/records.ts';
import type { LinePatterns } from '../../../ports/line-patterns.ts';
import type { LogsServiceDeps } from '../deps.ts';
import { QueriedEvents } from '../queried-events.ts';

const LONGEST_RUN_MS = 60 * 60_000;
/** Others get a turn after so many events. */
const EVENTS_A_TURN = 1_000;

/** How far a query has come. */
export interface QueryProgress {
  /** Aborted when it is stopped. */
  readonly life: AbortController;
  recordsMatched: number;
  recordsScanned: number;
  bytesScanned: number;
  /** When it is complete. */
  results: readonly (readonly ResultCell[])[];
}

/** Throws MalformedQueryException. */
export async function compiledQuery(text: string, patterns: LinePatterns): Promise<Query> {
  const query = parseQuery(text);
  const compiled = async <T>(written: string, from: number, compile: () => Promise<T>): Promise<T> =>
    compile().catch(() => {
      throw malformedQuery(`Invalid regular expression: ${written}`, from, from + written.length);
    });
  for (const slot of query.regexes) {
    slot.test = await compiled(slot.pattern, slot.from, () => patterns.compile(slot.pattern));
  }
  for (const slot of query.groups) {
    slot.match = await compiled(slot.written, slot.from, () => patterns.compileGroups(slot.pattern));
  }
  return query;
}

/** Writes what it finds into `progress`. Rejects with RangeError when it would keep too much in memory. */
export async function runQuery(
  { store, clock }: Pick<LogsServiceDeps, 'store' | 'clock'>,
  { scope, query, record }: { scope: Scope; query: Query; record: LogQueryRecord },
  progress: QueryProgress,
): Promise<'Complete' | 'Cancelled' | 'Timeout'> {
  const began = clock.now();
  const { signal } = progress.life;
  const run = new QueryRun(query, record.limit);
  const events = await QueriedEvents.open(store, scope, record.groups, {
    ...{ startTime: record.startTime, endTime: record.endTime + 1 },
    backward: wantedOrder(query) === 'desc',
  });
  for (let wantsMore = true; wantsMore; ) {
    const event = await events.next();
    if (event === undefined) break;
    progress.recordsScanned += 1;
    progress.bytesScanned += eventBytes(event.message);
    wantsMore = run.take(new Row(event));
    if (progress.recordsScanned % EVENTS_A_TURN !== 0) continue;
    await setImmediate();
    if (signal.aborted) return 'Cancelled';
    if (clock.now() - began > LONGEST_RUN_MS) return 'Timeout';
  }
  run.finish();
  if (signal.aborted) return 'Cancelled';
  progress.recordsMatched = run.matched;
  progress.results = run.results();
  return 'Complete';
}
