/**
 * The task metadata endpoint: one listener inside each task's network namespace, at 169.254.170.2. Which task asks is
 * known by the listener, so a task can learn of itself alone, and its requests never touch its interface.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { toAppError } from '../../domain/errors.ts';
import {
  cleanPath,
  type CredentialsRoute,
  credentialsRoute,
  faultRoute,
  METADATA_ADDRESS,
  protectionRoute,
} from '../../domain/metadata/routes.ts';
import type { AskedTags, ClockDrift, MetadataSurroundings } from '../../domain/metadata/task-view.ts';
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { NetworkFaults } from '../../ports/network-faults.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { TaskFacts } from '../runner/facts.ts';
import { credentialsAnswer } from './credentials-answers.ts';
import { FaultInjection, LONGEST_FAULT_BODY } from './fault-injection.ts';
import { FloodGate } from './flood-gate.ts';
import { type Answer, metadataAnswer, TOO_MANY } from './metadata-answers.ts';
import { REQUESTS_A_SECOND, RequestLimiter } from './request-limiter.ts';
import { withDeadline, withRetries } from '../waiting.ts';
import { StatisticsSampler, type SamplerDeps } from './statistics-sampler.ts';
import { readBody } from '../../wire/front-door/request-body.ts';
import type { EcsClient } from '../aws/ecs-client.ts';
import type { MeteredTask } from '../telemetry/minute-meters.ts';
import { StatsTexts } from './stats-texts.ts';
import { askTags } from './task-tags.ts';
import { LONGEST_BODY, protectionAnswer } from './task-protection.ts';
import { metadataTask } from './task-view.ts';

const METADATA_PORT = 80;
const TIMEOUT_MS = 5_000;
/** Less than that, so that who asks for credentials that do not come gets an answer. */
const CREDENTIALS_WAIT_MS = 3_000;
const RESUME_RETRIES = { attempts: 14, firstDelayMs: 100, lastDelayMs: 5_000 };
const HELD_BACK_MS = 1_000;
const CONNECTIONS_A_TASK = 128;

/** A task with its facts as they are whenever they are asked for. */
export interface ServedTask {
  readonly assignment: TaskAssignment;
  readonly facts: () => TaskFacts;
}

export interface TaskMetadata {
  /** Listens in the task's namespace, which must be there. May be repeated. */
  serve(task: ServedTask): Promise<void>;
  /** The same for a task that an earlier agent launched: in the background, until it listens. */
  resume(task: ServedTask): void;
  /** A run of a container is over, or about to be, and its cgroup with it: reads what it has used. Never rejects. */
  runEnds(taskId: string, runtimeId: string): Promise<void>;
  /** Ends the task's listener and its connections. May be repeated. */
  end(taskId: string): void;
}

export interface TaskMetadataDeps extends Omit<SamplerDeps, 'tasks' | 'network'> {
  readonly network: Pick<TaskNetwork, 'serveInTask' | 'counters'>;
  /** Valid ones of the task's own role. Rejects when none come in time. */
  readonly roleCredentials: (taskId: string, signal: AbortSignal) => Promise<TaskCredentials>;
  /** The same of its execution role. */
  readonly executionCredentials: (taskId: string, signal: AbortSignal) => Promise<TaskCredentials>;
  readonly ecs: EcsClient;
  readonly networkFaults: NetworkFaults;
  readonly clockDrift: () => ClockDrift | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Served {
  readonly task: ServedTask;
  /** This agent made what the task has. */
  readonly isNew: boolean;
  readonly limiter: RequestLimiter;
  readonly gate: FloodGate;
  readonly faults: FaultInjection;
  readonly life: AbortController;
  readonly connections: Set<Socket>;
}

export class TaskMetadataEndpoints implements TaskMetadata {
  readonly #deps: TaskMetadataDeps;
  readonly #signal: AbortSignal;
  readonly #served = new Map<string, Served>();
  readonly #byConnection = new WeakMap<Socket, Served>();
  readonly #http: Server;
  readonly #sampler: StatisticsSampler;
  readonly #statsTexts = new StatsTexts();

  /** Works until the signal fires. */
  constructor(deps: TaskMetadataDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#http = createServer({ keepAliveTimeout: TIMEOUT_MS }, (request, response) => {
      void this.#handle(request, response);
    });
    this.#sampler = new StatisticsSampler({ ...deps, tasks: () => [...this.#served.values()].map(metered) });
    void this.#sampler.run(signal);
    signal.addEventListener('abort', () => [...this.#served.keys()].forEach((taskId) => this.end(taskId)));
  }

  async serve(task: ServedTask): Promise<void> {
    await this.#listen(this.#add(task, true));
  }

  resume(task: ServedTask): void {
    const { clock, logger } = this.#deps;
    const served = this.#add(task, false);
    const { signal } = served.life;
    withRetries({ ...RESUME_RETRIES, clock, signal }, () => this.#listen(served)).catch((error: unknown) => {
      const { taskId } = task.assignment;
      // One that ended meanwhile, as all do that a restart of the machine took away, needs none.
      if (!signal.aborted) logger.error('metadata: a task has no endpoint', { taskId, error });
    });
  }

  #add(task: ServedTask, isNew: boolean): Served {
    const { taskId, taskRoleArn } = task.assignment;
    this.end(taskId);
    const served: Served = {
      ...{ task, isNew },
      limiter: new RequestLimiter(this.#deps.clock),
      gate: new FloodGate(this.#deps.clock),
      faults: new FaultInjection(task, this.#deps, this.#signal),
      life: new AbortController(),
      connections: new Set(),
    };
    this.#served.set(taskId, served);
    if (this.#signal.aborted) this.end(taskId);
    // SDKs wait for a second only; what fails now is asked for again with the first request.
    if (taskRoleArn !== undefined)
      this.#deps.roleCredentials(taskId, served.life.signal).catch(() => undefined);
    return served;
  }

  async #listen(served: Served): Promise<void> {
    const { taskId } = served.task.assignment;
    const accept = (socket: Socket): void => this.#accept(served, socket);
    await this.#deps.network.serveInTask(taskId, METADATA_ADDRESS, METADATA_PORT, accept, served.life.signal);
  }

  async runEnds(taskId: string, runtimeId: string): Promise<void> {
    const served = this.#served.get(taskId);
    if (served !== undefined) await this.#sampler.runEnds(metered(served), runtimeId);
  }

  end(taskId: string): void {
    const served = this.#served.get(taskId);
    if (served === undefined) return;
    this.#served.delete(taskId);
    served.life.abort();
    for (const socket of served.connections) socket.destroy();
  }

  #accept(served: Served, socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (served.connections.size >= CONNECTIONS_A_TASK) {
      socket.destroy();
      return;
    }
    served.connections.add(socket);
    socket.once('close', () => served.connections.delete(socket));
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    this.#byConnection.set(socket, served);
    this.#http.emit('connection', socket);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const served = this.#byConnection.get(request.socket);
    if (served === undefined) {
      response.destroy();
      return;
    }
    const answer = await this.#answer(served, request).catch((error: unknown): Answer => {
      this.#deps.logger.error('metadata: a request failed', {
        taskId: served.task.assignment.taskId,
        error: toAppError(error),
      });
      return { status: 500, contentType: 'application/json', body: '{}' };
    });
    request.resume();
    if (answer === TOO_MANY && !served.gate.mayRefuseAtOnce()) await this.#holdBack(request.socket);
    response.writeHead(answer.status, {
      'Content-Type': answer.contentType,
      'Content-Length': Buffer.byteLength(answer.body),
      ...(answer.location !== undefined && { Location: answer.location }),
      ...limitHeaders(request),
    });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  /** Whoever does not stop asking waits, and is not read from meanwhile. */
  async #holdBack(socket: Socket): Promise<void> {
    socket.pause();
    await this.#deps.clock.sleep(HELD_BACK_MS, this.#signal).catch(() => undefined);
    socket.resume();
  }

  async #answer({ task, limiter, gate, faults }: Served, request: IncomingMessage): Promise<Answer> {
    const [, raw = '/', query = ''] = /^([^?]*)(\?.*)?$/s.exec(request.url ?? '/') ?? [];
    if (!gate.admit() || !limiter.admit(raw)) return TOO_MANY;
    const path = decoded(raw);
    const clean = cleanPath(path);
    if (clean !== path) return moved(`${encodeURI(clean)}${query}`);
    const asked = credentialsRoute(path, query);
    if (asked !== undefined) return await this.#credentials(task, asked);
    const id = protectionRoute(path);
    const { method = '' } = request;
    if (id !== undefined) {
      const body = await bodyOf(request, LONGEST_BODY);
      return await this.#protection(task, { id, method, body });
    }
    const fault = faultRoute(path);
    if (fault !== undefined)
      return await faults.answer(fault, method, () => bodyOf(request, LONGEST_FAULT_BODY));
    return await metadataAnswer(path, {
      task: () => metadataTask(task.assignment, task.facts()),
      tags: () => this.#tags(task.assignment),
      surroundings: () => this.#surroundings(task.assignment.taskId),
      samples: (dockerId) => this.#sampler.samples(dockerId),
      statsTexts: this.#statsTexts,
    });
  }

  async #credentials({ assignment, facts }: ServedTask, asked: CredentialsRoute): Promise<Answer> {
    const { taskId, taskRoleArn = '' } = assignment;
    return await credentialsAnswer(asked, taskRoleArn, facts().credentialsId, () =>
      this.#inTime(this.#deps.roleCredentials, taskId),
    );
  }

  async #protection(
    { assignment, facts }: ServedTask,
    { id, ...request }: { readonly id: string; readonly method: string; readonly body: string },
  ): Promise<Answer> {
    const { ecs } = this.#deps;
    const isKnown = facts().containers.some(({ runtimeId }) => runtimeId === id);
    const roleCredentials = () => this.#inTime(this.#deps.roleCredentials, assignment.taskId);
    return await protectionAnswer({ ...request, isKnown }, { assignment, ecs, roleCredentials });
  }

  #tags(assignment: TaskAssignment): Promise<AskedTags> {
    const { ecs, executionCredentials } = this.#deps;
    return askTags(assignment, ecs, () => this.#inTime(executionCredentials, assignment.taskId));
  }

  #inTime(book: TaskMetadataDeps['roleCredentials'], taskId: string): Promise<TaskCredentials> {
    return withDeadline(this.#deps.clock, CREDENTIALS_WAIT_MS, this.#signal, (over) => book(taskId, over));
  }

  async #surroundings(taskId: string): Promise<MetadataSurroundings> {
    const clockDrift = this.#deps.clockDrift();
    const usage = await this.#deps.disks.usage(taskId).catch(() => undefined);
    return {
      ...(clockDrift !== undefined && { clockDrift }),
      ...(usage !== undefined && { storageUsedBytes: usage.usedBytes }),
    };
  }
}

function metered({ task, isNew }: Served): MeteredTask {
  return { ...task, isNew };
}

/** Empty of one that is too long, or whose caller has gone away. */
async function bodyOf(request: IncomingMessage, longest: number): Promise<string> {
  const read = await readBody(request, longest, TIMEOUT_MS).catch(() => 'gone');
  return typeof read === 'string' ? '' : read.toString('utf8');
}

function limitHeaders({ headers, socket }: IncomingMessage): Record<string, string> {
  return {
    'X-Rate-Limit-Limit': REQUESTS_A_SECOND.toFixed(2),
    'X-Rate-Limit-Duration': '1',
    'X-Rate-Limit-Request-Forwarded-For': String(headers['x-forwarded-for'] ?? ''),
    'X-Rate-Limit-Request-Remote-Addr': `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}`,
  };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Go's answer to a path that is not clean. */
function moved(location: string): Answer {
  const body = `<a href="${location.replaceAll('&', '&amp;')}">Moved Permanently</a>.\n\n`;
  return { status: 301, contentType: 'text/html; charset=utf-8', body, location };
}
