/**
 * Runs one task: starts every step that the plan allows, applies what they answer to the facts, records them, and
 * plans again, until the task is STOPPED and all is released.
 *
 * - Facts change only in #apply, which is synchronous: plan, status and report always see one state.
 * - A step in flight is never started twice; its outcome is a change of facts, or a failure in Fargate's words.
 * - After `close` nothing is started or recorded any more; the next agent goes on from the record.
 */
import type { ContainerRestartPolicy } from '../../domain/ecs/task-definition.ts';
import { toAppError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { DesiredTask, TaskAssignment, TaskReport } from '../../domain/task/assignment.ts';
import type { ContainerExit } from '../../ports/container-runtime.ts';
import type { Logger } from '../../ports/logger.ts';
import type { StopReason } from '../../domain/task/lifecycle.ts';
import type { Store } from '../../ports/store.ts';
import { HealthMonitor } from '../health/health-monitor.ts';
import { Alarm } from './alarm.ts';
import { containerLogs } from './container-logs.ts';
import {
  containerExited,
  containerHealth,
  containerInspected,
  containerOutOfMemory,
  desiredChange,
  unchanged,
} from './changes.ts';
import { abandoned } from './end-executors.ts';
import { begin, execute } from './executors.ts';
import { ExitWaiters } from './exit-waiters.ts';
import type { AgentTaskRecord, FactsChange, TaskFacts } from './facts.ts';
import { isFinished, plan, type PlanInput } from './plan.ts';
import { nextTimeout } from './readiness.ts';
import { RecordWriter } from './record-writer.ts';
import { settle } from './settle.ts';
import type { StepContext, StepDeps, TaskMemory } from './step-context.ts';
import { launchFailed } from './step-failure.ts';
import { isAbandoned, isLaunchStep, isReleaseStep, type Step, stepKey } from './steps.ts';
import { taskReport } from './task-report.ts';
import { taskShape, type TaskShape } from './task-shape.ts';
import { type StepObserver, type StepOutcome, type StepTiming, Timings } from './timings.ts';
import { watchedContainers } from './watched-containers.ts';
import { withRetries } from '../waiting.ts';

export interface RunnerDeps extends StepDeps {
  readonly store: Store;
  readonly logger: Logger;
  readonly onReport: (report: TaskReport, assignment: TaskAssignment) => void;
  readonly onStep?: StepObserver | undefined;
}

/** Outlasts the restart of a container runtime that was killed. */
const RELEASE_RETRIES = { attempts: 14, firstDelayMs: 100, lastDelayMs: 5_000 };

export class TaskRunner {
  readonly #deps: RunnerDeps;
  readonly #logger: Logger;
  readonly #writer: RecordWriter;
  readonly #timings: Timings;
  readonly #shape: TaskShape;
  readonly #memory: TaskMemory = { images: new Map() };
  readonly #inFlight: Step[] = [];
  readonly #exits = new ExitWaiters();
  readonly #health: HealthMonitor;
  readonly #timeout: Alarm;
  /** Fires when the launch is given up (stop) or the agent ends. */
  readonly #launch = new AbortController();
  readonly #life = new AbortController();
  readonly #finished: Promise<void>;
  #finish: () => void = () => undefined;
  #desired: DesiredTask;
  #facts: TaskFacts;
  #lastReport = '';

  constructor(record: AgentTaskRecord, deps: RunnerDeps) {
    const { taskId } = record.desired.assignment;
    this.#deps = deps;
    this.#logger = deps.logger.child({ taskId });
    this.#writer = new RecordWriter({
      store: deps.store,
      key: keys.agentTask(taskId),
      clock: deps.clock,
      logger: this.#logger,
    });
    this.#timings = new Timings(deps.clock, deps.onStep);
    this.#shape = taskShape(record.desired.assignment, deps.settings.dnsSuffix);
    this.#health = new HealthMonitor({
      ...deps,
      logger: this.#logger,
      onResult: (name, result) => this.#apply(containerHealth(name, result)),
    });
    this.#timeout = new Alarm(deps.clock, () => this.#apply(unchanged));
    this.#desired = record.desired;
    this.#facts = record.facts;
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get assignment(): TaskAssignment {
    return this.#desired.assignment;
  }

  get isStopped(): boolean {
    return this.#facts.status === 'STOPPED';
  }

  /** Resolves when the task is STOPPED and that is on record. */
  get finished(): Promise<void> {
    return this.#finished;
  }

  /** Starts to move the task; call once, when its record is on disk. */
  begin(): void {
    this.#apply(desiredChange(this.#desired));
  }

  /** Goes on after a restart of the agent: output that was followed is followed again, its endpoint answers. */
  resume(): void {
    const { assignment } = this.#desired;
    for (const container of assignment.containers) {
      const facts = this.#facts.containers.find(({ name }) => name === container.definition.name);
      if (facts?.logsReady === true && this.#facts.logs !== 'gone') {
        this.#deps.logs.resume(containerLogs(this.#context(this.#life.signal), container));
      }
    }
    if (this.#facts.eni === 'made') this.#deps.metadata.resume({ assignment, facts: () => this.#facts });
    this.begin();
  }

  /** Resolves when what is wanted is on record. Only a stop changes anything; it is never taken back. */
  async desire(desired: DesiredTask): Promise<void> {
    if (desired.desiredStatus === 'STOPPED' && this.#desired.desiredStatus !== 'STOPPED') {
      this.#desired = { ...this.#desired, ...desired, assignment: this.#desired.assignment };
      this.#apply(desiredChange(this.#desired));
    }
    await this.#writer.recorded();
  }

  /** Whatever the control plane wants of it. Resolves when that is on record. */
  async stop(stop: StopReason): Promise<void> {
    await this.desire({ ...this.#desired, desiredStatus: 'STOPPED', stop });
  }

  containerExited(runtimeId: string, exit: ContainerExit): void {
    const name = this.#nameOf(runtimeId);
    if (name !== undefined) this.#apply(containerExited(name, exit, this.#restartPolicy(name)));
  }

  containerOutOfMemory(runtimeId: string): void {
    const name = this.#nameOf(runtimeId);
    if (name !== undefined) this.#apply(containerOutOfMemory(name));
  }

  /** Events may have been lost: looks at every container that may be running. */
  async inspectContainers(): Promise<void> {
    const live = this.#facts.containers.filter(({ phase }) => phase === 'created' || phase === 'running');
    for (const { name, runtimeId, phase } of live) {
      const found = await this.#deps.runtime.inspect(runtimeId);
      this.#apply(
        containerInspected(name, { phase, found }, this.#restartPolicy(name), this.#deps.clock.now()),
      );
    }
  }

  report(): TaskReport {
    return taskReport(this.assignment.taskId, this.#facts, this.#shape);
  }

  timings(): readonly StepTiming[] {
    return this.#timings.list();
  }

  /** Ends without touching the task. Resolves when its last state is on disk. */
  async close(): Promise<void> {
    this.#life.abort();
    this.#launch.abort();
    this.#health.watch([]);
    this.#timeout.set(undefined);
    await this.#writer.recorded().catch(() => undefined);
  }

  #apply(change: FactsChange): void {
    if (this.#life.signal.aborted) return;
    const before = this.#facts;
    const now = this.#deps.clock.now();
    let next = settle(this.#view(change(before), now), false);
    next = settle(this.#view(next, now), isFinished(this.#view(next, now)));
    this.#facts = next;
    if (next.stop !== undefined) this.#launch.abort();
    for (const step of plan(this.#view(next, now))) this.#startStep(step);
    this.#writer.save({ desired: this.#desired, facts: this.#facts });
    this.#exits.tell(this.#facts);
    this.#health.watch(watchedContainers(this.#facts, this.#shape));
    this.#timeout.set(next.stop === undefined ? nextTimeout(this.#view(next, now)) : undefined);
    if (next.status !== before.status) this.#statusChanged();
    this.#tellReport();
  }

  #view(facts: TaskFacts, now: number): PlanInput {
    return { facts, shape: this.#shape, inFlight: this.#inFlight, now };
  }

  #restartPolicy(name: string): ContainerRestartPolicy | undefined {
    return this.#shape.container(name).restartPolicy;
  }

  #startStep(step: Step): void {
    this.#inFlight.push(step);
    this.#facts = begin(step)(this.#facts);
    const ended = this.#timings.begin(step);
    const done = (outcome: StepOutcome) => (change: FactsChange) => {
      ended(outcome);
      this.#inFlight.splice(this.#inFlight.indexOf(step), 1);
      this.#apply(change);
    };
    // Not in this turn: an executor may change facts, and they are being changed right now.
    Promise.resolve()
      .then(() => this.#perform(step))
      .then(done('done'), (error: unknown) => done('failed')(this.#failed(step, error)));
  }

  #perform(step: Step): Promise<FactsChange> {
    const signal = isAbandoned(step) ? this.#launch.signal : this.#life.signal;
    const context = this.#context(signal);
    if (!isReleaseStep(step)) return execute(step, context);
    return withRetries({ ...RELEASE_RETRIES, clock: this.#deps.clock, signal }, () => execute(step, context));
  }

  #failed(step: Step, thrown: unknown): FactsChange {
    const error = toAppError(thrown);
    const name = step.container ?? '';
    if (this.#life.signal.aborted) return unchanged;
    if (!isLaunchStep(step)) {
      const failed = { step: stepKey(step), error };
      this.#logger.error('task: a step of its end failed and is left to the sweep', failed);
      return abandoned(step.name, name);
    }
    if (this.#facts.stop !== undefined && step.name !== 'restart-container') return unchanged;
    this.#logger.warn('task: a step of its launch failed', { step: stepKey(step), error });
    const { runtimeTimeoutMs } = this.#deps.settings;
    const now = this.#deps.clock.now();
    return launchFailed({ step, error, assignment: this.assignment, runtimeTimeoutMs, now }, this.#facts);
  }

  #context(signal: AbortSignal): StepContext {
    return {
      deps: this.#deps,
      logger: this.#logger,
      assignment: this.#desired.assignment,
      facts: () => this.#facts,
      change: (change) => this.#apply(change),
      recorded: () => this.#writer.recorded(),
      exited: (name) => this.#exited(name),
      memory: this.#memory,
      signal,
    };
  }

  #exited(name: string): Promise<void> {
    const exited = this.#exits.wait(name);
    this.#exits.tell(this.#facts);
    return exited;
  }

  #tellReport(): void {
    if (this.#facts.stop === undefined) this.#send();
    else void this.#sendRecorded();
  }

  /** An end is told when it is on record: the next agent must not think otherwise. */
  async #sendRecorded(): Promise<void> {
    await this.#writer.recorded().catch(() => undefined);
    if (this.#life.signal.aborted) return;
    this.#send();
    if (this.isStopped) this.#finish();
  }

  #send(): void {
    const report = this.report();
    const text = JSON.stringify(report);
    if (text === this.#lastReport) return;
    this.#lastReport = text;
    this.#deps.onReport(report, this.#desired.assignment);
  }

  #statusChanged(): void {
    const facts = this.#facts;
    this.#logger.info('task: new status', {
      status: facts.status,
      ...(facts.status === 'RUNNING' && { timings: this.#timings.list() }),
      ...(facts.status === 'STOPPED' && { stop: facts.stop }),
    });
  }

  #nameOf(runtimeId: string): string | undefined {
    return this.#facts.containers.find((container) => container.runtimeId === runtimeId)?.name;
  }
}
