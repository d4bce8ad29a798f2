/**
 * The logs of an agent's tasks: a directory a container, with the files that the shim writes, and a sink that takes
 * them away. Outside the tasks' disks: a full disk does not lose the line that says so.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { platformVersion } from '../../domain/ecs/platform-version.ts';
import { AppError } from '../../domain/errors.ts';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { type CallPolicy, DEFAULT_CALLS } from '../inputs/attempted-call.ts';
import { awslogsOptions } from './awslogs-options.ts';
import { AwslogsSink } from './awslogs-sink.ts';
import { LocalSink } from './local-sink.ts';
import { requireLogStream } from './log-stream.ts';
import type { LogsClient, LogsClientFactory } from './logs-client.ts';
import { OutputFiles, type PunchHole } from './output-files.ts';
import type { OutputSink } from './output-sink.ts';
import type { ContainerLogs, OutputPaths, TaskLogs } from './task-logs.ts';

export interface FileTaskLogsDeps {
  /** Made where needed; nobody else writes there. */
  readonly directory: string;
  readonly logsClient: LogsClientFactory;
  readonly credentials: (taskId: string, signal: AbortSignal) => Promise<TaskCredentials>;
  readonly network: Pick<TaskNetwork, 'dialer'>;
  /** How often, and how long, the service is asked before a start. */
  readonly calls?: CallPolicy;
  readonly punchHole: PunchHole;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a task's end waits for its last output to be delivered. Default 12 s. */
  readonly drainTimeoutMs?: number;
  /** How long output may wait for more before it is sent. Default 5 s. */
  readonly flushIntervalMs?: number;
  /** Default 1 GiB a file. */
  readonly maxBacklogBytes?: number;
}

const DEFAULT_DRAIN_TIMEOUT_MS = 12_000;
const DEFAULT_BACKLOG_BYTES = 2 ** 30;
const SAFE_NAME = /^[A-Za-z0-9_-]{1,255}$/;

export function createTaskLogs(deps: FileTaskLogsDeps): TaskLogs {
  return new FileTaskLogs(deps);
}

class FileTaskLogs implements TaskLogs {
  readonly #deps: FileTaskLogsDeps;
  readonly #sinks = new Map<string, Map<string, OutputSink>>();
  readonly #life = new AbortController();

  constructor(deps: FileTaskLogsDeps) {
    this.#deps = deps;
  }

  outputPaths(taskId: string, containerName: string): OutputPaths {
    const files = this.#files(taskId, containerName);
    return { stdoutPath: files.path('stdout'), stderrPath: files.path('stderr') };
  }

  async prepare(taskId: string, containerNames: readonly string[]): Promise<void> {
    for (const name of containerNames) this.#files(taskId, name).prepare();
  }

  async open(logs: ContainerLogs, signal: AbortSignal): Promise<void> {
    const { taskId } = logs.assignment;
    const { name } = logs.container.definition;
    await this.prepare(taskId, [name]);
    if (this.#sinks.get(taskId)?.has(name) === true) return;
    this.#add(taskId, name, await this.#openSink(logs, signal));
  }

  resume(logs: ContainerLogs): void {
    const { taskId } = logs.assignment;
    const { name } = logs.container.definition;
    try {
      this.#add(taskId, name, this.#sink(logs, true));
    } catch (error) {
      this.#deps.logger.error('logs: cannot go on with a container', { taskId, container: name, error });
    }
  }

  async drain(taskId: string): Promise<void> {
    const sinks = [...(this.#sinks.get(taskId)?.values() ?? [])];
    if (sinks.length === 0) return;
    const { clock, drainTimeoutMs = DEFAULT_DRAIN_TIMEOUT_MS } = this.#deps;
    const drained = new AbortController();
    const late = new AbortController();
    clock.sleep(drainTimeoutMs, drained.signal).then(
      () => late.abort(),
      () => undefined,
    );
    await Promise.all(sinks.map((sink) => sink.drain(late.signal)));
    drained.abort();
    this.#sinks.delete(taskId);
  }

  async remove(taskId: string): Promise<void> {
    const sinks = [...(this.#sinks.get(taskId)?.values() ?? [])];
    this.#sinks.delete(taskId);
    await Promise.all(sinks.map((sink) => sink.close()));
    await rm(join(this.#deps.directory, safe(taskId)), { recursive: true, force: true });
  }

  async list(): Promise<string[]> {
    await mkdir(this.#deps.directory, { recursive: true, mode: 0o700 });
    return (await readdir(this.#deps.directory)).filter((name) => SAFE_NAME.test(name));
  }

  async close(): Promise<void> {
    this.#life.abort();
    const sinks = [...this.#sinks.values()].flatMap((ofTask) => [...ofTask.values()]);
    this.#sinks.clear();
    await Promise.all(sinks.map((sink) => sink.close()));
  }

  async #openSink(logs: ContainerLogs, signal: AbortSignal): Promise<OutputSink> {
    const configuration = logs.container.definition.logConfiguration;
    if (configuration?.logDriver !== 'awslogs') return this.#sink(logs, false);
    const options = awslogsOptions(configuration, owner(logs));
    if (options.mode === 'non-blocking') return this.#sink(logs, false);
    const client = this.#client(logs, options.region);
    try {
      const { clock, calls = DEFAULT_CALLS } = this.#deps;
      await requireLogStream(client, options, { calls, clock }, signal);
    } catch (error) {
      client.close();
      throw error;
    }
    return this.#sink(logs, true, client);
  }

  #sink(logs: ContainerLogs, isStreamReady: boolean, connected?: LogsClient): OutputSink {
    const { clock, maxBacklogBytes = DEFAULT_BACKLOG_BYTES } = this.#deps;
    const { taskId } = logs.assignment;
    const { name, logConfiguration } = logs.container.definition;
    const logger = this.#deps.logger.child({ taskId, container: name });
    const files = this.#files(taskId, name);
    if (logConfiguration?.logDriver !== 'awslogs') return new LocalSink(files, clock, logger);
    const options = awslogsOptions(logConfiguration, owner(logs));
    const client = connected ?? this.#client(logs, options.region);
    const { flushIntervalMs } = this.#deps;
    return new AwslogsSink(
      { files, options, client, clock, logger, maxBacklogBytes, flushIntervalMs },
      isStreamReady,
    );
  }

  #client({ assignment }: ContainerLogs, region: string): LogsClient {
    const { taskId } = assignment;
    const { throughTaskInterface } = platformVersion(assignment.platformVersion);
    return this.#deps.logsClient({
      region,
      credentials: () => this.#deps.credentials(taskId, this.#life.signal),
      dialer: throughTaskInterface.logs ? this.#deps.network.dialer(taskId) : undefined,
    });
  }

  #add(taskId: string, name: string, sink: OutputSink): void {
    const ofTask = this.#sinks.get(taskId) ?? new Map<string, OutputSink>();
    this.#sinks.set(taskId, ofTask.set(name, sink));
    sink.start();
  }

  #files(taskId: string, containerName: string): OutputFiles {
    const directory = join(this.#deps.directory, safe(taskId), safe(containerName));
    return new OutputFiles(directory, this.#deps.punchHole);
  }
}

function owner({ assignment, container }: ContainerLogs): {
  taskId: string;
  containerName: string;
  region: string;
} {
  const { taskId, region } = assignment;
  return { taskId, containerName: container.definition.name, region };
}

/** Names become directories. */
function safe(name: string): string {
  if (!SAFE_NAME.test(name)) throw new AppError('invalid', 'a name cannot be that of a directory');
  return name;
}
