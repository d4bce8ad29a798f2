/**
 * Runs one task: starts every step that the plan allows, applies what they answer to the facts, records them, and
 * plans again, until the task is STOPPED and all is released.
 *
 * - Facts change only in #apply, which is synchronous: plan, status and report always see one state.
 * - A step in flight is never started twice; its outcome is a change of facts, or a failure in Fargate's words.
 * - After `close` nothing is started or recorded any more; the next agent goes on from the record.
 */
import { toAppError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { DesiredTask, TaskReport } from '../../domain/task/assignment.ts';
import type { StopReason } from '../../domain/task/lifecycle.ts';
import type { ContainerExit, RuntimeContainer } from '../../ports/container-runtime.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import type { AgentTaskRecord, FactsChange, TaskFacts } from './facts.ts';
import { abandoned } from './end-executors.ts';
import { begin, execute } from './executors.ts';
import { launchFailure } from './failure.ts';
import { isFinished, plan } from './plan.ts';
import { VANISHED } from './recover.ts';
import { RecordWriter } from './record-writer.ts';
import { containerExited, containerFailed, containerOutOfMemory, settle, stopBecause } from './settle.ts';
import type { PreparedImage, StepContext, StepDeps } from './step-context.ts';
import { isLaunchStep, isReleaseStep, type Step, stepKey } from './steps.ts';
import { taskReport } from './task-report.ts';
import { type StepTiming, Timings } from './timings.ts';
import { withRetries } from './waiting.ts';

export interface RunnerDeps extends StepDeps {
  readonly store: Store;
  readonly logger: Logger;
  readonly onReport: (report: TaskReport) => void;
}

const STOPPED_BY_USER: StopReason = { stopCode: 'UserInitiated', reason: 'Task stopped by user' };
const RELEASE_RETRIES = { attempts: 6, firstDelayMs: 100, lastDelayMs: 5_000 };

export class TaskRunner {
  readonly #deps: RunnerDeps;
  readonly #logger: Logger;
  readonly #writer: RecordWriter;
  readonly #timings: Timings;
  readonly #images = new Map<string, PreparedImage>();
  readonly #inFlight: Step[] = [];
  readonly #waitingForExit = new Map<string, (() => void)[]>();
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
    this.#timings = new Timings(deps.clock);
    this.#desired = record.desired;
    this.#facts = record.facts;
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get taskId(): string {
    return this.#desired.assignment.taskId;
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

  /** Goes on after a restart of the agent: output that was followed is followed again. */
  resume(): void {
    const { assignment } = this.#desired;
    for (const container of assignment.containers) {
      const facts = this.#facts.containers.find(({ name }) => name === container.definition.name);
      if (facts?.logsReady === true && this.#facts.logs !== 'gone') {
        this.#deps.logs.resume({ assignment, container });
      }
    }
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

  /** The control plane knows the task no more: it is stopped. */
  async dismiss(): Promise<void> {
    await this.desire({ ...this.#desired, desiredStatus: 'STOPPED', stop: STOPPED_BY_USER });
  }

  containerExited(runtimeId: string, exit: ContainerExit): void {
    const name = this.#nameOf(runtimeId);
    if (name !== undefined) this.#apply(containerExited(name, exit));
  }

  containerOutOfMemory(runtimeId: string): void {
    const name = this.#nameOf(runtimeId);
    if (name !== undefined) this.#apply(containerOutOfMemory(name));
  }

  /** Events may have been lost: looks at every container that may be running. */
  async inspectContainers(): Promise<void> {
    const live = this.#facts.containers.filter(({ phase }) => phase === 'created' || phase === 'running');
    for (const { name, runtimeId, phase } of live) {
      const found: RuntimeContainer | undefined = await this.#deps.runtime.inspect(runtimeId);
      if (found?.exit !== undefined) this.#apply(containerExited(name, found.exit));
      else if (phase === 'running' && (found === undefined || found.state === 'absent')) {
        const reason = VANISHED;
        this.#apply(containerFailed(name, reason, this.#deps.clock.now()));
      }
    }
  }

  report(): TaskReport {
    return taskReport(this.taskId, this.#facts);
  }

  timings(): readonly StepTiming[] {
    return this.#timings.list();
  }

  /** Ends without touching the task. Resolves when its last state is on disk. */
  async close(): Promise<void> {
    this.#life.abort();
    this.#launch.abort();
    await this.#writer.recorded().catch(() => undefined);
  }

  #apply(change: FactsChange): void {
    if (this.#life.signal.aborted) return;
    const before = this.#facts;
    const now = this.#deps.clock.now();
    let next = settle(change(before), now, false);
    next = settle(next, now, isFinished(next, this.#inFlight));
    this.#facts = next;
    if (next.stop !== undefined) this.#launch.abort();
    for (const step of plan(next, this.#inFlight)) this.#startStep(step);
    this.#writer.save({ desired: this.#desired, facts: this.#facts });
    this.#tellExits();
    if (next.status !== before.status) this.#statusChanged();
    this.#tellReport();
  }

  #startStep(step: Step): void {
    this.#inFlight.push(step);
    this.#facts = begin(step)(this.#facts);
    const ended = this.#timings.begin(stepKey(step));
    const done = (change: FactsChange): void => {
      ended();
      this.#inFlight.splice(this.#inFlight.indexOf(step), 1);
      this.#apply(change);
    };
    // Not in this turn: an executor may change facts, and they are being changed right now.
    Promise.resolve()
      .then(() => this.#perform(step))
      .then(done, (error: unknown) => done(this.#failed(step, error)));
  }

  #perform(step: Step): Promise<FactsChange> {
    const signal = isLaunchStep(step) ? this.#launch.signal : this.#life.signal;
    const context = this.#context(signal);
    if (!isReleaseStep(step)) return execute(step, context);
    return withRetries({ ...RELEASE_RETRIES, clock: this.#deps.clock, signal }, () => execute(step, context));
  }

  #failed(step: Step, thrown: unknown): FactsChange {
    const error = toAppError(thrown);
    const name = step.container ?? '';
    if (this.#life.signal.aborted) return unchanged;
    if (!isLaunchStep(step)) {
      this.#logger.error('task: a step of its end failed and is left to the sweep', {
        step: stepKey(step),
        error,
      });
      return abandoned(step.name, name);
    }
    if (this.#facts.stop !== undefined) return unchanged;
    this.#logger.warn('task: a step of its launch failed', { step: stepKey(step), error });
    const words = launchFailure(step.name, error);
    const now = this.#deps.clock.now();
    const blame = words.container === undefined ? unchanged : containerFailed(name, words.container, now);
    const isFatal = !(step.name === 'create-container' || step.name === 'start-container');
    const isEssential = this.#facts.containers.some((facts) => facts.name === name && facts.essential);
    if (!isFatal && !isEssential) return blame;
    const stop = stopBecause({ stopCode: 'TaskFailedToStart', reason: words.task });
    return (facts) => endPull(step, now)(blame(stop(facts)));
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
      images: this.#images,
      signal,
    };
  }

  #exited(name: string): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waitingForExit.get(name) ?? [];
      this.#waitingForExit.set(name, [...waiting, resolve]);
      this.#tellExits();
    });
  }

  #tellExits(): void {
    for (const { name, phase } of this.#facts.containers) {
      if (phase !== 'stopped') continue;
      for (const resolve of this.#waitingForExit.get(name) ?? []) resolve();
      this.#waitingForExit.delete(name);
    }
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
    this.#deps.onReport(report);
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

const unchanged: FactsChange = (facts) => facts;

function desiredChange(desired: DesiredTask): FactsChange {
  return desired.desiredStatus === 'STOPPED' ? stopBecause(desired.stop ?? STOPPED_BY_USER) : unchanged;
}

function endPull(step: Step, now: number): FactsChange {
  if (step.name !== 'pull-image') return unchanged;
  return (facts) => ({ ...facts, pullStoppedAt: facts.pullStoppedAt ?? now });
}
