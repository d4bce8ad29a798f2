/**
 * The agent: the tasks of one machine, one runner each. It takes over what an earlier agent left, does what the
 * control plane wants, says what becomes of it, and removes what no task owns. Ending it ends no task.
 */
import { keys } from '../domain/keys.ts';
import type { DesiredTask, TaskCredentials, TaskAssignment, TaskReport } from '../domain/task/assignment.ts';
import type { StopReason } from '../domain/task/lifecycle.ts';
import type { Clock, IdSource } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Store } from '../ports/store.ts';
import type { CredentialsBook } from './credentials-book.ts';
import { STOPPED_BY_USER } from './runner/changes.ts';
import { type AgentTaskRecord, newFacts, taskIdOf } from './runner/facts.ts';
import { recoverFacts } from './runner/recover.ts';
import type { StepDeps } from './runner/step-context.ts';
import { observe, sweep } from './runner/sweep.ts';
import { TaskRunner } from './runner/task-runner.ts';
import type { StepObserver, StepTiming } from './runner/timings.ts';
import { nowAndThen, withRetries } from './waiting.ts';

export interface AgentDeps extends StepDeps {
  readonly store: Store;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly credentials: CredentialsBook;
  /** Of the tasks' own roles. */
  readonly roleCredentials: CredentialsBook;
  /** Called with a task's whole picture whenever it changes. */
  readonly onReport: (report: TaskReport, assignment: TaskAssignment) => void;
  /** Told how long each step of each task took. */
  readonly onStep?: StepObserver | undefined;
}

export interface Agent {
  /** Takes over what is on the machine; resolves when that is done. Works until the signal fires or `close`. */
  start(signal: AbortSignal): Promise<void>;
  /** All tasks that are to be here; any other is stopped and forgotten. Resolves once that is on record. */
  setDesired(tasks: readonly DesiredTask[]): Promise<void>;
  /** Stops every task that is here, whatever is wanted of it. How each ends stays on record until it is settled. */
  stopAll(stop: StopReason): Promise<void>;
  /** One task, new or changed. Resolves once it is on record. */
  upsert(task: DesiredTask): Promise<void>;
  /** The task's end is on record elsewhere: it may be forgotten. */
  settled(taskId: string): Promise<void>;
  /** What the agent acts with for a task: its execution role's. */
  credentials(taskId: string, credentials: TaskCredentials): void;
  /** What the task's containers act with. */
  roleCredentials(taskId: string, credentials: TaskCredentials): void;
  reports(): readonly TaskReport[];
  /** What the tasks that are here run from, as their definitions have it. */
  imageReferences(): readonly string[];
  /** Where the time of the task's launch went, by this agent; undefined for an unknown task. */
  timings(taskId: string): readonly StepTiming[] | undefined;
  /** Ends the agent's work, not the tasks. */
  close(): Promise<void>;
}

const START_RETRIES = { attempts: 20, firstDelayMs: 50, lastDelayMs: 1_000 };
const SWEEP_AGAIN_MS = 60_000;

export function createAgent(deps: AgentDeps): Agent {
  return new TaskAgent(deps);
}

class TaskAgent implements Agent {
  readonly #deps: AgentDeps;
  readonly #runners = new Map<string, TaskRunner>();
  readonly #life = new AbortController();

  constructor(deps: AgentDeps) {
    this.#deps = deps;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { store, clock, logger } = this.#deps;
    signal.addEventListener('abort', () => this.#life.abort(), { once: true });
    if (signal.aborted) this.#life.abort();
    // The events first: what happens while we look is not missed.
    void this.#followEvents();
    const records = await store.range<AgentTaskRecord>({ prefix: keys.agentTasks() });
    const retries = { ...START_RETRIES, clock, signal: this.#life.signal };
    const observed = await withRetries(retries, () => observe(this.#deps));
    for (const { value } of records) {
      const facts = recoverFacts(value, observed, clock.now());
      const runner = this.#addRunner({ desired: value.desired, facts });
      runner.resume();
    }
    // Between the look and now a container may have ended.
    await this.#inspectAll();
    const left = await sweep(observed, (taskId) => this.#runners.has(taskId), this.#deps);
    this.#deps.vpcs.interfaceGone();
    logger.info('agent: started', { tasks: records.length, left: left.length });
    void this.#sweepNowAndThen();
  }

  async setDesired(tasks: readonly DesiredTask[]): Promise<void> {
    const wanted = new Set(tasks.map(({ assignment }) => assignment.taskId));
    const unwanted = [...this.#runners.keys()].filter((taskId) => !wanted.has(taskId));
    await Promise.all([
      ...tasks.map((task) => this.upsert(task)),
      ...unwanted.map((taskId) => this.#dismiss(taskId)),
    ]);
  }

  async stopAll(stop: StopReason): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(stop)));
  }

  async upsert(desired: DesiredTask): Promise<void> {
    const { taskId } = desired.assignment;
    const known = this.#runners.get(taskId);
    if (known !== undefined) return known.desire(desired);
    const record: AgentTaskRecord = { desired, facts: newFacts(desired.assignment, this.#deps.ids) };
    const runner = this.#addRunner(record);
    try {
      await this.#deps.store.transact([], [{ put: keys.agentTask(taskId), value: record }]);
    } catch (error) {
      this.#runners.delete(taskId);
      throw error;
    }
    if (!this.#life.signal.aborted) runner.begin();
  }

  async settled(taskId: string): Promise<void> {
    const runner = this.#runners.get(taskId);
    if (runner === undefined) return;
    if (runner.isStopped) await this.#forget(taskId);
    else await this.#dismiss(taskId);
  }

  credentials(taskId: string, credentials: TaskCredentials): void {
    this.#deps.credentials.set(taskId, credentials);
  }

  roleCredentials(taskId: string, credentials: TaskCredentials): void {
    this.#deps.roleCredentials.set(taskId, credentials);
  }

  reports(): readonly TaskReport[] {
    return [...this.#runners.values()].map((runner) => runner.report());
  }

  imageReferences(): readonly string[] {
    return [...this.#runners.values()].flatMap(({ assignment }) =>
      assignment.containers.map(({ definition }) => definition.image),
    );
  }

  timings(taskId: string): readonly StepTiming[] | undefined {
    return this.#runners.get(taskId)?.timings();
  }

  async close(): Promise<void> {
    this.#life.abort();
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
    await this.#deps.logs.close();
  }

  #addRunner(record: AgentTaskRecord): TaskRunner {
    const runner = new TaskRunner(record, this.#deps);
    this.#runners.set(runner.assignment.taskId, runner);
    return runner;
  }

  /** Nobody wants the task any more, and nobody will settle it. */
  async #dismiss(taskId: string): Promise<void> {
    const runner = this.#runners.get(taskId);
    if (runner === undefined) return;
    const stopped = runner.stop(STOPPED_BY_USER);
    void runner.finished.then(() => this.#forget(taskId));
    await stopped;
  }

  async #forget(taskId: string): Promise<void> {
    await this.#runners.get(taskId)?.close();
    await this.#deps.store.transact([], [{ delete: keys.agentTask(taskId) }]);
    this.#runners.delete(taskId);
    this.#deps.credentials.forget(taskId);
    this.#deps.roleCredentials.forget(taskId);
  }

  async #followEvents(): Promise<void> {
    const { signal } = this.#life;
    try {
      for await (const event of this.#deps.runtime.events(signal)) {
        if (event.type === 'resync') await this.#inspectAll();
        else if (event.type === 'exit') {
          this.#runners.get(taskIdOf(event.id))?.containerExited(event.id, event.exit);
        } else this.#runners.get(taskIdOf(event.id))?.containerOutOfMemory(event.id);
      }
    } catch (error) {
      if (!signal.aborted) this.#deps.logger.error('agent: the runtime tells no more events', { error });
    }
  }

  async #inspectAll(): Promise<void> {
    const inspections = [...this.#runners.values()].map((runner) => runner.inspectContainers());
    for (const result of await Promise.allSettled(inspections)) {
      if (result.status === 'fulfilled') continue;
      this.#deps.logger.warn('agent: cannot inspect containers', { error: result.reason });
    }
  }

  async #sweepNowAndThen(): Promise<void> {
    const { clock, logger } = this.#deps;
    await nowAndThen(clock, SWEEP_AGAIN_MS, this.#life.signal, {
      work: () => this.#sweep(),
      onError: (error) => logger.warn('agent: cannot sweep', { error }),
    });
  }

  async #sweep(): Promise<void> {
    // Owners after the look: a task that came meanwhile is theirs, one that ended is swept next time.
    const before = new Set([...this.#runners].filter(([, r]) => !r.isStopped).map(([taskId]) => taskId));
    const observed = await observe(this.#deps);
    const isOwned = (taskId: string): boolean =>
      before.has(taskId) || this.#runners.get(taskId)?.isStopped === false;
    await sweep(observed, isOwned, this.#deps);
    this.#deps.vpcs.interfaceGone();
  }
}
