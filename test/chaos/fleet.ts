/**
 * The tasks of a run, by the public API alone, which may be away at any moment: every call is made again until it is
 * answered. Looks at all tasks all the time, and notes what no look may ever show.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeTasksCommand,
  type ECSClient,
  ListTasksCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { taskIdOf } from '../support/neargate/arn.ts';
import { Scene } from '../support/neargate/scene.ts';
import { patient } from '../../src/ports/testing/patience.ts';
import type { Kind } from './kinds.ts';

/** In the order in which a task may show them. */
const STATUSES = [
  ...['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING'],
  'STOPPED',
];
const ANSWER_MS = patient(90_000);
const LOOK_EVERY_MS = 150;
/** A task's end waits twelve seconds for its last output to be taken. */
const SILENCE_MS = 6000;
const MOST_A_CALL = 100;
const MOST_AT_ONCE = 10;

export interface FleetTask {
  readonly arn: string;
  readonly kind: Kind;
  /** What was done to it that may end it otherwise than it would by itself. */
  readonly harms: Set<string>;
  stopAsked: boolean;
  seen: Task;
}

export class Fleet {
  readonly #scene: Scene;
  readonly #tasks = new Map<string, FleetTask>();
  /** What broke a law, in words. */
  readonly broken: string[] = [];
  /** Of all rounds. */
  answered = 0;
  #answeredAt = performance.now();
  /** Of whoever is launched, until `forget`. */
  readonly #comingHarms = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get tasks(): readonly FleetTask[] {
    return [...this.#tasks.values()];
  }

  get alive(): readonly FleetTask[] {
    return this.tasks.filter(({ seen }) => seen.lastStatus !== 'STOPPED');
  }

  /** Resolves when RunTask has answered. What is asked for twice is one task. */
  async launch(kind: Kind, clientToken: string): Promise<FleetTask> {
    const { neargate } = this.#scene;
    const [subnet] = neargate.info.defaultVpc.subnets;
    const taskDefinition = await this.#answered(() => this.#scene.register([...kind.containers], kind.over));
    const input = new RunTaskCommand({
      ...{ taskDefinition, clientToken, launchType: 'FARGATE' },
      networkConfiguration: {
        awsvpcConfiguration: { subnets: [subnet?.subnetId ?? ''], assignPublicIp: 'ENABLED' },
      },
    });
    const { tasks = [], failures = [] } = await this.#send((ecs) => ecs.send(input));
    const [seen] = tasks;
    if (seen?.taskArn === undefined) throw new Error(`RunTask failed: ${JSON.stringify(failures)}`);
    const task: FleetTask = {
      arn: seen.taskArn,
      kind,
      harms: new Set(this.#comingHarms),
      stopAsked: false,
      seen,
    };
    this.#tasks.set(task.arn, task);
    this.answered += 1;
    return task;
  }

  async stop(task: FleetTask, reason: string): Promise<void> {
    task.stopAsked = true;
    await this.#send((ecs) => ecs.send(new StopTaskCommand({ task: task.arn, reason })));
  }

  /** Whoever lives now may end otherwise. */
  harm(what: string, isHarmed: (task: FleetTask) => boolean = () => true): void {
    for (const task of this.alive) if (isHarmed(task)) task.harms.add(what);
  }

  /** The same for whoever is launched later in the round. */
  harmComing(what: string): void {
    this.#comingHarms.add(what);
  }

  /** Looks again and again until the signal fires. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look().catch(() => undefined);
      await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Once, at all that have not stopped. Rejects when the endpoint is away. */
  async look(): Promise<void> {
    const alive = this.alive.map(({ arn }) => arn);
    if (alive.length === 0) this.#answeredAt = performance.now();
    for (let at = 0; at < alive.length; at += MOST_A_CALL) {
      const arns = alive.slice(at, at + MOST_A_CALL);
      const { tasks = [], failures = [] } = await this.#scene.neargate.ecs.send(
        new DescribeTasksCommand({ tasks: arns }),
      );
      this.#measureSilence();
      for (const { arn, reason } of failures) this.broken.push(`DescribeTasks has no ${arn}: ${reason}`);
      for (const task of tasks) this.#note(task);
    }
    this.#compareAddresses();
  }

  /** Resolves once a look shows it so; false when none does in time. */
  async until(holds: () => boolean, patienceMs: number): Promise<boolean> {
    const deadline = performance.now() + patienceMs;
    while (!holds()) {
      if (performance.now() > deadline) return false;
      await delay(LOOK_EVERY_MS);
    }
    return true;
  }

  /** Resolves when the task is as wanted, or has stopped. */
  async untilTask(task: FleetTask, isWanted: (seen: Task) => boolean): Promise<FleetTask> {
    const hasCome = (): boolean => isWanted(task.seen) || task.seen.lastStatus === 'STOPPED';
    if (await this.until(hasCome, ANSWER_MS)) return task;
    throw new Error(`task ${taskIdOf(task.arn)} stays ${task.seen.lastStatus}`);
  }

  /** All that the API knows of, whoever asked for them. */
  async listed(): Promise<string[]> {
    const arns: string[] = [];
    for (const desiredStatus of ['RUNNING', 'STOPPED'] as const) {
      for (let nextToken: string | undefined, more = true; more; more = nextToken !== undefined) {
        const page = await this.#send((ecs) => ecs.send(new ListTasksCommand({ desiredStatus, nextToken })));
        arns.push(...(page.taskArns ?? []));
        nextToken = page.nextToken;
      }
    }
    return arns;
  }

  /** Forgets tasks that have stopped and were judged. */
  forget(): void {
    this.#comingHarms.clear();
    for (const { arn, seen } of this.tasks) if (seen.lastStatus === 'STOPPED') this.#tasks.delete(arn);
  }

  #note(now: Task): void {
    const task = this.#tasks.get(now.taskArn ?? '');
    if (task === undefined) return;
    const { seen, arn } = task;
    const went = (what: string, before?: string, after?: string): void => {
      if (rank(after) >= rank(before)) return;
      this.broken.push(`${what} of task ${taskIdOf(arn)} went back from ${before} to ${after}`);
    };
    went('the status', seen.lastStatus, now.lastStatus);
    went('the desired status', seen.desiredStatus, now.desiredStatus);
    for (const container of now.containers ?? []) {
      const before = seen.containers?.find(({ name }) => name === container.name);
      went(`the container ${container.name}`, before?.lastStatus, container.lastStatus);
    }
    if (seen.stoppedReason !== undefined && seen.stoppedReason !== now.stoppedReason) {
      this.broken.push(`the reason of task ${taskIdOf(arn)} changed from ${seen.stoppedReason}`);
    }
    if (seen.startedAt !== undefined && seen.startedAt.getTime() !== now.startedAt?.getTime()) {
      this.broken.push(`task ${taskIdOf(arn)} started at another time`);
    }
    task.seen = now;
  }

  /** Where nothing was answered for long, however it came about, nobody took output either. */
  #measureSilence(): void {
    const now = performance.now();
    if (now - this.#answeredAt > SILENCE_MS) this.harm('silence');
    this.#answeredAt = now;
  }

  #compareAddresses(): void {
    const owners = new Map<string, string>();
    for (const { seen, arn } of this.alive) {
      if ((seen.attachments?.[0]?.details ?? []).every(({ name }) => name !== 'privateIPv4Address')) continue;
      const address = Scene.address(seen);
      const other = owners.get(address);
      if (other !== undefined)
        this.broken.push(`${address} is given to ${taskIdOf(arn)} and ${taskIdOf(other)}`);
      owners.set(address, arn);
    }
  }

  #send<T>(call: (ecs: ECSClient) => Promise<T>): Promise<T> {
    return this.#answered(() => call(this.#scene.neargate.ecs));
  }

  async #answered<T>(call: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + ANSWER_MS;
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (isAnswer(error) || performance.now() > deadline) throw error;
        await delay(LOOK_EVERY_MS);
      }
    }
  }
}

/** In batches that share the machine's start-up between them. */
export async function launchAll(
  fleet: Fleet,
  wanted: readonly { readonly kind: Kind; readonly token: string; readonly afterMs: number }[],
): Promise<void> {
  const begun = performance.now();
  const waiting = wanted.toSorted((a, b) => a.afterMs - b.afterMs);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await delay(Math.max(0, begun + next.afterMs - performance.now()));
      await fleet.launch(next.kind, next.token);
    }
  };
  await Promise.all(Array.from({ length: MOST_AT_ONCE }, work));
}

/** An exception that blames the caller; not of its clock, which did not jump with the instance's. */
function isAnswer(error: unknown): boolean {
  const { $fault, name } = error as { $fault?: string; name?: string };
  return $fault === 'client' && name !== 'InvalidSignatureException';
}

function rank(status: string | undefined): number {
  return status === undefined ? -1 : STATUSES.indexOf(status);
}
