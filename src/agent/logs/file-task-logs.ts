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
import type { LinePatterns, LineTest } from '../../ports/line-patterns.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { type CallPolicy, DEFAULT_CALLS } from '../inputs/attempted-call.ts';
import { awslogsOptions, type AwslogsOptions, logMode, type OutputOwner } from './awslogs-options.ts';
import { AwslogsSink } from './awslogs-sink.ts';
import { type LineDriver, lineDriver } from './line-driver.ts';
import { LineSink } from './line-sink.ts';
import { LocalSink } from './local-sink.ts';
import { requireLogStream } from './log-stream.ts';
import type { LogsClient, LogsClientFactory } from './logs-client.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OutputFiles, type PunchHole } from './output-files.ts';
import { OutputMeter, type OutputObserver } from './output-meter.ts';
import type { OutputSink } from './output-sink.ts';
import type { ContainerLogs, OutputPaths, TaskLogs } from './task-logs.ts';
import { UploadTurns } from './upload-turns.ts';
import { WakeUps } from './wake-ups.ts';

export interface FileTaskLogsDeps {
  /** Made where needed; nobody else writes there. */
  readonly directory: string;
  readonly logsClient: LogsClientFactory;
  readonly credentials: (taskId: string, signal: AbortSignal) => Promise<TaskCredentials>;
  readonly network: Pick<TaskNetwork, 'dialer'>;
  /** How often, and how long, the service is asked before a start. */
  readonly calls?: CallPolicy;
  readonly punchHole: PunchHole;
  readonly patterns: LinePatterns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: OutputObserver | undefined;
  /** How long a task's end waits for its last output while nothing of it is taken. Default 12 s. */
  readonly drainTimeoutMs?: number;
  /** How long output may wait for more before it is sent. Default 5 s. */
  readonly flushIntervalMs?: number;
  /** In blocking mode: how much of a container's output may wait before its writes do. Default 64 MiB. */
  readonly outputLimitBytes?: number;
  /** What is more is let go, in any mode, where nothing holds the writer. Default 1 GiB. */
  readonly maxBacklogBytes?: number;
}

interface OpenSink {
  readonly sink: OutputSink;
  readonly meter: OutputMeter;
}

interface SharedBySinks {
  readonly memory: MemoryBudget;
  readonly turns: UploadTurns;
  readonly wakeUps: WakeUps;
}

/** What was made while the container was prepared. */
interface Opened {
  readonly client?: LogsClient;
  readonly driver?: LineDriver | undefined;
}

const DEFAULT_DRAIN_TIMEOUT_MS = 12_000;
/** A task's end waits no longer than so many times, however much is taken. */
const MOST_DRAIN_TIMEOUTS = 10;
const DEFAULT_OUTPUT_LIMIT_BYTES = 64 * 2 ** 20;
const DEFAULT_BACKLOG_BYTES = 2 ** 30;
const SAFE_NAME = /^[A-Za-z0-9_-]{1,255}$/;

export function createTaskLogs(deps: FileTaskLogsDeps): TaskLogs {
  return new FileTaskLogs(deps);
}

class FileTaskLogs implements TaskLogs {
  readonly #deps: FileTaskLogsDeps;
  readonly #sinks = new Map<string, Map<string, OpenSink>>();
  /** What all sinks have together. */
  readonly #shared: SharedBySinks;
  readonly #life = new AbortController();

  constructor(deps: FileTaskLogsDeps) {
    this.#deps = deps;
    const { clock } = deps;
    this.#shared = { memory: new MemoryBudget(), turns: new UploadTurns(clock), wakeUps: new WakeUps(clock) };
  }

  outputPaths(taskId: string, containerName: string): OutputPaths {
    const files = this.#files(taskId, containerName);
    return { stdoutPath: files.path('stdout'), stderrPath: files.path('stderr') };
  }

  outputLimitBytes(logs: Pick<ContainerLogs, 'assignment' | 'container'>): number | undefined {
    const { logConfiguration } = logs.container.definition;
    // Nobody waits for a log router.
    if (logConfiguration === undefined || logConfiguration.logDriver === 'awsfirelens') return undefined;
    const isBlocking = logMode(logConfiguration, owner(logs).defaultMode) === 'blocking';
    return isBlocking ? (this.#deps.outputLimitBytes ?? DEFAULT_OUTPUT_LIMIT_BYTES) : undefined;
  }

  async prepare(taskId: string, containerNames: readonly string[]): Promise<void> {
    for (const name of containerNames) this.#files(taskId, name).prepare();
  }

  async open(logs: ContainerLogs, signal: AbortSignal): Promise<void> {
    const { taskId } = logs.assignment;
    const { name } = logs.container.definition;
    await this.prepare(taskId, [name]);
    if (this.#sinks.get(taskId)?.has(name) === true) return;
    this.#add(logs, await this.#openSink(logs, signal));
  }

  resume(logs: ContainerLogs): void {
    const { taskId } = logs.assignment;
    const { name } = logs.container.definition;
    try {
      this.#add(logs, this.#sink(logs, true));
    } catch (error) {
      this.#deps.logger.error('logs: cannot go on with a container', { taskId, container: name, error });
    }
  }

  async drain(taskId: string, containerNames?: readonly string[]): Promise<void> {
    const ofTask = this.#sinks.get(taskId);
    const names = [...(ofTask?.keys() ?? [])].filter((name) => containerNames?.includes(name) ?? true);
    const open = names.flatMap((name) => ofTask?.get(name) ?? []);
    if (open.length === 0) return;
    const drained = new AbortController();
    const late = new AbortController();
    void this.#watchDrain(open, drained.signal).then(() => late.abort());
    await Promise.all(open.map(({ sink }) => sink.drain(late.signal)));
    drained.abort();
    for (const name of names) ofTask?.delete(name);
    if (ofTask?.size === 0) this.#sinks.delete(taskId);
  }

  /** Resolves when nothing of what is left is taken any more, or it takes too long altogether. */
  async #watchDrain(open: readonly OpenSink[], drained: AbortSignal): Promise<void> {
    const { clock, drainTimeoutMs = DEFAULT_DRAIN_TIMEOUT_MS } = this.#deps;
    const taken = (): number => open.reduce((sum, { meter }) => sum + meter.delivered.bytes, 0);
    for (let round = 0; round < MOST_DRAIN_TIMEOUTS && !drained.aborted; round += 1) {
      const before = taken();
      await clock.sleep(drainTimeoutMs, drained).catch(() => undefined);
      if (taken() === before) return;
    }
  }

  async remove(taskId: string): Promise<void> {
    const open = [...(this.#sinks.get(taskId)?.values() ?? [])];
    this.#sinks.delete(taskId);
    await Promise.all(open.map(({ sink }) => sink.close()));
    await rm(join(this.#deps.directory, safe(taskId)), { recursive: true, force: true });
  }

  async list(): Promise<string[]> {
    await mkdir(this.#deps.directory, { recursive: true, mode: 0o700 });
    return (await readdir(this.#deps.directory)).filter((name) => SAFE_NAME.test(name));
  }

  async close(): Promise<void> {
    this.#life.abort();
    const open = [...this.#sinks.values()].flatMap((ofTask) => [...ofTask.values()]);
    this.#sinks.clear();
    await Promise.all(open.map(({ sink }) => sink.close()));
  }

  async #openSink(logs: ContainerLogs, signal: AbortSignal): Promise<OpenSink> {
    const configuration = logs.container.definition.logConfiguration;
    if (configuration?.logDriver !== 'awslogs') {
      const driver = this.#lineDriver(logs);
      await this.#prepare(driver, signal);
      return this.#sink(logs, false, { driver });
    }
    const options = awslogsOptions(configuration, owner(logs));
    await this.#firstLine(options);
    // Whoever says non-blocking wants to run without the service; the default is only about full buffers.
    if (configuration.options?.['mode'] === 'non-blocking') return this.#sink(logs, false);
    const client = this.#client(logs, options);
    try {
      const { clock, calls = DEFAULT_CALLS } = this.#deps;
      await requireLogStream(client, options, { calls, clock }, signal);
    } catch (error) {
      client.close();
      throw error;
    }
    return this.#sink(logs, true, { client });
  }

  #sink(logs: ContainerLogs, isStreamReady: boolean, opened: Opened = {}): OpenSink {
    const { clock, flushIntervalMs, maxBacklogBytes = DEFAULT_BACKLOG_BYTES } = this.#deps;
    const { taskId } = logs.assignment;
    const { name, logConfiguration } = logs.container.definition;
    const logger = this.#deps.logger.child({ taskId, container: name });
    const files = this.#files(taskId, name);
    const meter = new OutputMeter(this.#deps.observer);
    if (logConfiguration?.logDriver !== 'awslogs') {
      const driver = opened.driver ?? this.#lineDriver(logs);
      if (driver === undefined) return { sink: new LocalSink(files, this.#shared.wakeUps, logger), meter };
      const parts = { files, clock, logger, meter, ...this.#shared, owner: logs.runtimeId };
      return { sink: new LineSink({ ...parts, ...driver }), meter };
    }
    const options = awslogsOptions(logConfiguration, owner(logs));
    const client = opened.client ?? this.#client(logs, options);
    const parts = { files, options, client, clock, logger, meter, ...this.#shared };
    const firstLine = (): Promise<LineTest | undefined> => this.#firstLine(options);
    const sink = new AwslogsSink({ ...parts, firstLine, maxBacklogBytes, flushIntervalMs }, isStreamReady);
    return { sink, meter };
  }

  async #prepare(driver: LineDriver | undefined, signal: AbortSignal): Promise<void> {
    try {
      await driver?.prepare(signal);
    } catch (error) {
      driver?.target.close();
      throw error;
    }
  }

  #lineDriver(logs: ContainerLogs): LineDriver | undefined {
    const { maxBacklogBytes = DEFAULT_BACKLOG_BYTES } = this.#deps;
    return lineDriver(logs, { ...this.#deps, maxBacklogBytes });
  }

  async #firstLine({ firstLine }: AwslogsOptions): Promise<LineTest | undefined> {
    if (firstLine === undefined) return undefined;
    try {
      return await this.#deps.patterns.compile(firstLine);
    } catch (cause) {
      throw new AppError('invalid', `awslogs could not parse multiline pattern key "${firstLine}"`, {
        cause,
      });
    }
  }

  #client({ assignment }: ContainerLogs, { region, endpoint }: AwslogsOptions): LogsClient {
    const { taskId } = assignment;
    const { throughTaskInterface } = platformVersion(assignment.platformVersion);
    return this.#deps.logsClient({
      region,
      endpoint,
      credentials: () => this.#deps.credentials(taskId, this.#life.signal),
      dialer: throughTaskInterface.logs ? this.#deps.network.dialer(taskId) : undefined,
    });
  }

  #add({ assignment, container }: ContainerLogs, open: OpenSink): void {
    const { taskId } = assignment;
    const ofTask = this.#sinks.get(taskId) ?? new Map<string, OpenSink>();
    this.#sinks.set(taskId, ofTask.set(container.definition.name, open));
    open.sink.start();
  }

  #files(taskId: string, containerName: string): OutputFiles {
    const directory = join(this.#deps.directory, safe(taskId), safe(containerName));
    return new OutputFiles(directory, this.#deps.punchHole);
  }
}

function owner({ assignment, container }: Pick<ContainerLogs, 'assignment' | 'container'>): OutputOwner {
  const { taskId, region, defaultLogMode = 'non-blocking' } = assignment;
  return { taskId, containerName: container.definition.name, region, defaultMode: defaultLogMode };
}

/** Names become directories. */
function safe(name: string): string {
  if (!SAFE_NAME.test(name)) throw new AppError('invalid', 'a name cannot be that of a directory');
  return name;
}
