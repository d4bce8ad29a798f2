/**
 * Queries of Logs Insights: those that run, and those that ran lately. The store has what they ask and how they ended,
 * memory their results: after a restart one that ran, or whose results are asked for, runs again.
 */
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Query } from '../../../domain/logs/insights/parse-query.ts';
import type { LogQueryRecord } from '../../../domain/logs/records.ts';
import type { LogsServiceDeps } from '../deps.ts';
import { HeldResults } from '../held-results.ts';
import { compiledQuery, type QueryProgress, runQuery } from './query-run.ts';

/** As many may run at once in an account and region, as on AWS. */
const MOST_RUNNING = 30;
/** In an account and region. */
const MOST_KEPT = 100;
/** As long as AWS has results. */
const KEPT_MS = 7 * 24 * 60 * 60_000;

export type QueryWanted = Pick<LogQueryRecord, 'text' | 'groups' | 'startTime' | 'endTime' | 'limit'>;

export interface QueryState {
  readonly scope: Scope;
  record: LogQueryRecord;
  /** Absent when it has not run since the start, or its results had to go. */
  progress?: QueryProgress;
}

/** By id, the oldest first. */
type Queries = Map<string, QueryState>;

export class InsightsQueries {
  readonly #deps: LogsServiceDeps;
  readonly #byScope = new Map<string, Promise<Queries>>();
  readonly #held = new HeldResults();

  constructor(deps: LogsServiceDeps) {
    this.#deps = deps;
  }

  /** The id of the query, which is on record. Throws MalformedQueryException, and LimitExceededException when too many run. */
  async start(scope: Scope, wanted: QueryWanted): Promise<string> {
    const { ids, clock, patterns, store } = this.#deps;
    const query = await compiledQuery(wanted.text, patterns);
    const queries = await this.#queries(scope);
    if ([...queries.values()].filter(isRunning).length >= MOST_RUNNING) {
      throw new ApiError('LimitExceededException', 'Account maximum query concurrency limit of 30 reached.');
    }
    const record: LogQueryRecord = {
      ...wanted,
      ...{ queryId: ids.uuid(), createTime: clock.now(), status: 'Running', bytesScanned: 0 },
    };
    const state: QueryState = { scope, record };
    queries.set(record.queryId, state);
    const old = this.#tooOld(queries);
    for (const each of old) {
      queries.delete(each.record.queryId);
      this.#held.forget(each);
    }
    await store.transact(
      [],
      [
        { put: keys.logQuery(scope, record.queryId), value: record },
        ...old.map(({ record: { queryId } }) => ({ delete: keys.logQuery(scope, queryId) })),
      ],
    );
    this.#run(state, query);
    return record.queryId;
  }

  /** Those of an account and region, the oldest first. */
  async of(scope: Scope): Promise<QueryState[]> {
    return [...(await this.#queries(scope)).values()];
  }

  /** Throws ResourceNotFoundException. */
  async find(scope: Scope, id: string): Promise<QueryState> {
    const state = (await this.#queries(scope)).get(id);
    if (state !== undefined) return state;
    throw new ApiError('ResourceNotFoundException', `Query with ID: ${id} does not exist.`);
  }

  /** As `find`; one that is complete, and whose results are not here, begins to run again. */
  async findWithResults(scope: Scope, id: string): Promise<QueryState> {
    const state = await this.find(scope, id);
    if (state.record.status === 'Complete' && state.progress === undefined) await this.#runAgain(state);
    return state;
  }

  /** Ends a query that runs. */
  async stop(state: QueryState): Promise<void> {
    state.progress?.life.abort();
    await this.#end(state, 'Cancelled');
  }

  #queries(scope: Scope): Promise<Queries> {
    const key = keys.logQueries(scope);
    const known = this.#byScope.get(key);
    if (known !== undefined) return known;
    const read = this.#read(scope);
    this.#byScope.set(key, read);
    read.catch(() => this.#byScope.delete(key));
    return read;
  }

  async #read(scope: Scope): Promise<Queries> {
    const found = await this.#deps.store.range<LogQueryRecord>({ prefix: keys.logQueries(scope) });
    const states = found
      .map(({ value: record }): QueryState => ({ scope, record }))
      .toSorted((one, other) => one.record.createTime - other.record.createTime);
    for (const state of states.filter(isRunning)) await this.#runAgain(state);
    return new Map(states.map((state) => [state.record.queryId, state]));
  }

  async #runAgain(state: QueryState): Promise<void> {
    state.record = { ...state.record, status: 'Running' };
    try {
      this.#run(state, await compiledQuery(state.record.text, this.#deps.patterns));
    } catch {
      // What an earlier Neargate took, this one does not.
      await this.#end(state, 'Failed');
    }
  }

  #run(state: QueryState, query: Query): void {
    const progress: QueryProgress = {
      ...{ life: new AbortController(), recordsMatched: 0, recordsScanned: 0, bytesScanned: 0, results: [] },
    };
    state.progress = progress;
    const { scope, record } = state;
    void runQuery(this.#deps, { scope, query, record }, progress).then(
      async (outcome) => {
        // Whoever stopped it has said so.
        if (outcome === 'Cancelled' || progress.life.signal.aborted) return;
        if (outcome === 'Complete') this.#held.add(state);
        await this.#end(state, outcome);
      },
      async (error: unknown) => {
        this.#deps.logger.warn('logs: a query failed', { queryId: record.queryId, error });
        await this.#end(state, 'Failed');
      },
    );
  }

  /** Told when it is on record; where it cannot be put there, it would run again after a restart. */
  async #end(state: QueryState, status: LogQueryRecord['status']): Promise<void> {
    const { clock, store, logger } = this.#deps;
    const { record, progress, scope } = state;
    const { bytesScanned = record.bytesScanned } = progress ?? {};
    const durationMs = record.durationMs ?? clock.now() - record.createTime;
    const ended: LogQueryRecord = { ...record, status, bytesScanned, durationMs };
    const write = { put: keys.logQuery(scope, record.queryId), value: ended };
    await store.transact([], [write]).catch((error: unknown) => {
      logger.warn('logs: the end of a query is not on record', { queryId: record.queryId, error });
    });
    state.record = ended;
  }

  #tooOld(queries: Queries): QueryState[] {
    const oldest = this.#deps.clock.now() - KEPT_MS;
    const surplus = queries.size - MOST_KEPT;
    return [...queries.values()].filter(
      (state, index) => !isRunning(state) && (index < surplus || state.record.createTime < oldest),
    );
  }
}

export function isRunning({ record }: QueryState): boolean {
  return record.status === 'Running';
}
