/**
 * Fault injection as containers ask for it (`$ECS_AGENT_URI/fault/v1/…`): into the network of their own task, when its
 * definition has `enableFaultInjection`. Statuses and words are the ECS agent's.
 */
import { hasKind } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { faultRequest } from '../../domain/metadata/fault-request.ts';
import { goJson } from '../../domain/metadata/go-json.ts';
import { faultName, type FaultKind, type NetworkFault } from '../../domain/metadata/network-faults.ts';
import type { FaultRoute } from '../../domain/metadata/routes.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NetworkFaults } from '../../ports/network-faults.ts';
import type { TaskFacts } from '../runner/facts.ts';
import { withDeadline } from '../waiting.ts';
import { type Answer, OTHER_METHOD, TOO_MANY } from './metadata-answers.ts';
import { RequestLimiter } from './request-limiter.ts';

/** The largest body that is read. */
export const LONGEST_FAULT_BODY = 64 * 1024;
const TIMEOUT_MS = 5_000;
/** Of each path, once in five seconds. */
const RATE = { aSecond: 0.2, atOnce: 1 };
const WORDS = { start: 'start', stop: 'stop', status: 'check status' } as const;
const ALREADY: readonly (readonly [FaultKind, string])[] = [
  ['network-latency', 'There is already one network latency fault running'],
  ['network-packet-loss', 'There is already one network packet loss fault running'],
];

export interface FaultInjectionDeps {
  readonly networkFaults: Pick<NetworkFaults, 'running' | 'start' | 'stop'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface FaultedTask {
  readonly assignment: TaskAssignment;
  readonly facts: () => TaskFacts;
}

export class FaultInjection {
  readonly #task: FaultedTask;
  readonly #deps: FaultInjectionDeps;
  readonly #signal: AbortSignal;
  readonly #limiter: RequestLimiter;
  readonly #serial = new KeyedSerial();

  /** For one task; waits end when the signal fires. */
  constructor(task: FaultedTask, deps: FaultInjectionDeps, signal: AbortSignal) {
    this.#task = task;
    this.#deps = deps;
    this.#signal = signal;
    this.#limiter = new RequestLimiter(deps.clock, RATE);
  }

  /** `body` is read when it is needed. */
  async answer(route: FaultRoute, method: string, body: () => Promise<string>): Promise<Answer> {
    if (method !== 'POST') return OTHER_METHOD;
    const { id, kind, operation } = route;
    if (!this.#limiter.admit(`${id}/${kind}/${operation}`)) {
      return { ...TOO_MANY, body: TOO_MANY.body.replace(/\.$/, '') };
    }
    const needsBody = kind === 'network-blackhole-port' || operation === 'start';
    const fault = needsBody ? faultRequest(kind, await body()) : undefined;
    if (fault !== undefined && 'error' in fault) return refused(400, fault.error);
    const { assignment, facts } = this.#task;
    if (!facts().containers.some(({ runtimeId }) => runtimeId === id)) {
      return refused(
        404,
        `unable to get task arn from request: unable to get task Arn from v3 endpoint ID: ${id}`,
      );
    }
    if (assignment.enableFaultInjection !== true) {
      return refused(400, `enableFaultInjection is not enabled for task: ${assignment.taskArn}`);
    }
    return await this.#inTime(route, () => this.#act(route, fault));
  }

  async #inTime({ kind, operation }: FaultRoute, act: () => Promise<Answer>): Promise<Answer> {
    const { clock, logger } = this.#deps;
    const { taskId } = this.#task.assignment;
    const serial = () => this.#serial.run(taskId, act);
    try {
      return await withDeadline(clock, TIMEOUT_MS, this.#signal, serial);
    } catch (error) {
      logger.warn('metadata: a fault could not be injected or ended', { taskId, kind, operation, error });
      const words = `${WORDS[operation]} ${kind}: request timed out`;
      return refused(500, hasKind(error, 'deadline') ? words : 'internal error');
    }
  }

  async #act({ kind, operation }: FaultRoute, fault: NetworkFault | undefined): Promise<Answer> {
    const { networkFaults } = this.#deps;
    const { taskId } = this.#task.assignment;
    const name = fault === undefined ? kind : faultName(fault);
    if (operation === 'stop') {
      await networkFaults.stop(taskId, name);
      return done('stopped');
    }
    const running = await networkFaults.running(taskId);
    if (operation === 'status' || fault === undefined)
      return done(running.has(name) ? 'running' : 'not-running');
    if (kind !== 'network-blackhole-port') {
      const already = ALREADY.find(([one]) => running.has(one));
      if (already !== undefined) return refused(409, already[1]);
    }
    await networkFaults.start(taskId, fault);
    return done('running');
  }
}

function done(status: string): Answer {
  return { status: 200, contentType: 'application/json', body: goJson({ Status: status }) };
}

function refused(status: number, error: string): Answer {
  return { status, contentType: 'application/json', body: goJson({ Error: error }) };
}
