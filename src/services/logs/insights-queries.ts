/**
 * Queries of Logs Insights that run, and those that ran lately: each reads its groups in the background. They are kept in
 * memory, so that after a restart they are unknown.
 */
import { setImmediate } from 'node:timers/promises';
import type { QueryStatus } from '@aws-sdk/client-cloudwatch-logs';
import type { Scope } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { parseQuery, type Query } from '../../domain/logs/insights/parse-query.ts';
import { malformedQuery } from '../../domain/logs/insights/query-error.ts';
import { type QueriedEvent, Row } from '../../domain/logs/insights/row.ts';
import { QueryRun, type ResultCell, wantedOrder } from '../../domain/logs/insights/run-query.ts';
import { eventBytes } from '../../domain/logs/put-batch.ts';
import type { LogGroupRecord } from '../../domain/logs/records.ts';
import type { LogsServiceDeps } from './deps.ts';
import { GroupsEvents } from './groups-events.ts';

/** As many may run at once in an account and region, as on AWS. */
const MOST_RUNNING = 30;
const MOST_KEPT = 100;
/** Of results, all queries together. */
const MOST_CHARACTERS = 128 * 2 ** 20;
const LONGEST_RUN_MS = 60 * 60_000;
/** Others get a turn after so many events. */
const EVENTS_A_TURN = 1_000;

export interface QueryWanted {
  readonly text: string;
  readonly groups: readonly LogGroupRecord[];
  /** Epoch milliseconds, both of them inside. */
  readonly startTime: number;
  readonly endTime: number;
  readonly limit?: number | undefined;
}

export interface QueryState {
  readonly id: string;
  readonly scope: Scope;
  readonly wanted: QueryWanted;
  readonly createTime: number;
  readonly life: AbortController;
  status: QueryStatus;
  endTime?: number;
  recordsMatched: number;
  recordsScanned: number;
  bytesScanned: number;
  results: readonly (readonly ResultCell[])[];
  /** Of the results, in characters. */
  size: number;
}

export class InsightsQueries {
  readonly #deps: LogsServiceDeps;
  /** The oldest first. */
  readonly #queries = new Map<string, QueryState>();

  constructor(deps: LogsServiceDeps) {
    this.#deps = deps;
  }

  /** The id of the query. Throws MalformedQueryException, and LimitExceededException when too many run. */
  async start(scope: Scope, wanted: QueryWanted): Promise<string> {
    const { ids, clock, logger } = this.#deps;
    const query = parseQuery(wanted.text);
    await this.#compile(query);
    if (this.of(scope).filter(({ status }) => status === 'Running').length >= MOST_RUNNING) {
      throw new ApiError('LimitExceededException', 'Account maximum query concurrency limit of 30 reached.');
    }
    const state: QueryState = {
      ...{ id: ids.uuid(), scope, wanted, createTime: clock.now(), life: new AbortController() },
      ...{ status: 'Running', recordsMatched: 0, recordsScanned: 0, bytesScanned: 0, results: [], size: 0 },
    };
    this.#queries.set(state.id, state);
    this.#forgetOld();
    void this.#run(query, state).catch((error: unknown) => {
      logger.warn('logs: a query failed', { queryId: state.id, error });
      if (state.status === 'Running') state.status = 'Failed';
    });
    return state.id;
  }

  /** Those of an account and region, the oldest first. */
  of({ account, region }: Scope): QueryState[] {
    return [...this.#queries.values()].filter(
      ({ scope }) => scope.account === account && scope.region === region,
    );
  }

  /** Throws ResourceNotFoundException. */
  find(scope: Scope, id: string): QueryState {
    const state = this.of(scope).find((one) => one.id === id);
    if (state === undefined) {
      throw new ApiError('ResourceNotFoundException', `Query with ID: ${id} does not exist.`);
    }
    return state;
  }

  async #compile({ regexes }: Query): Promise<void> {
    for (const slot of regexes) {
      slot.test = await this.#deps.patterns.compile(slot.pattern).catch(() => {
        const until = slot.from + slot.pattern.length;
        throw malformedQuery(`Invalid regular expression: ${slot.pattern}`, slot.from, until);
      });
    }
  }

  async #run(query: Query, state: QueryState): Promise<void> {
    const { clock } = this.#deps;
    const { startTime, endTime, limit, groups } = state.wanted;
    const run = new QueryRun(query, limit);
    const events = await GroupsEvents.open(this.#deps.store, state.scope, groups, {
      ...{ startTime, endTime: endTime + 1, backward: wantedOrder(query) === 'desc' },
    });
    for (let wantsMore = true; wantsMore; ) {
      const event = await events.next();
      if (event === undefined) break;
      wantsMore = take(run, event, state);
      if (state.recordsScanned % EVENTS_A_TURN !== 0) continue;
      await setImmediate();
      if (state.life.signal.aborted) return;
      if (clock.now() - state.createTime > LONGEST_RUN_MS) {
        state.status = 'Timeout';
        return;
      }
    }
    run.finish();
    if (state.life.signal.aborted) return;
    state.recordsMatched = run.matched;
    state.results = run.results();
    state.size = state.results.flat().reduce((sum, { value }) => sum + value.length, 0);
    state.status = 'Complete';
    state.endTime = clock.now();
    this.#forgetOld();
  }

  #forgetOld(): void {
    const all = [...this.#queries.values()];
    let size = all.reduce((sum, state) => sum + state.size, 0);
    for (const state of all.slice(0, -1)) {
      if (this.#queries.size <= MOST_KEPT && size <= MOST_CHARACTERS) return;
      if (state.status === 'Running') continue;
      this.#queries.delete(state.id);
      size -= state.size;
    }
  }
}

/** False when the query wants no more. */
function take(run: QueryRun, event: QueriedEvent, state: QueryState): boolean {
  state.recordsScanned += 1;
  state.bytesScanned += eventBytes(event.message);
  return run.take(new Row(event));
}
