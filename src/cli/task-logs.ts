/** Reads what a task's containers wrote, from CloudWatch Logs, in the order of its times. */
import type { ApiClient } from './api-client.ts';
import { ApiFailure } from './api-client.ts';
import { shortName, type TaskView } from './tasks.ts';

export interface LogSource {
  readonly container: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
}

export interface LogLine {
  readonly container: string;
  readonly timestamp: number;
  readonly message: string;
}

interface ContainerDefinitionView {
  readonly name: string;
  readonly logConfiguration?: {
    readonly logDriver: string;
    readonly options?: Readonly<Record<string, string>>;
  };
}

interface LogEventsAnswer {
  readonly events?: readonly { readonly timestamp: number; readonly message: string }[];
  readonly nextForwardToken?: string;
}

/** Where the containers of a task log to; containers without awslogs are left out. */
export async function logSources(
  client: ApiClient,
  task: TaskView,
  signal?: AbortSignal,
): Promise<LogSource[]> {
  const { taskDefinition } = await client.call<{
    taskDefinition: { containerDefinitions: readonly ContainerDefinitionView[] };
  }>('ecs', 'DescribeTaskDefinition', { taskDefinition: task.taskDefinitionArn }, signal);
  return taskDefinition.containerDefinitions.flatMap(({ name, logConfiguration }) => {
    const group = logConfiguration?.options?.['awslogs-group'];
    const prefix = logConfiguration?.options?.['awslogs-stream-prefix'];
    if (logConfiguration?.logDriver !== 'awslogs' || group === undefined || prefix === undefined) return [];
    const logStreamName = `${prefix}/${name}/${shortName(task.taskArn)}`;
    return [{ container: name, logGroupName: group, logStreamName }];
  });
}

/** Reads on where the last `read` ended. */
export class LogReader {
  readonly #client: ApiClient;
  readonly #sources: readonly LogSource[];
  readonly #tokens = new Map<LogSource, string>();

  constructor(client: ApiClient, sources: readonly LogSource[]) {
    this.#client = client;
    this.#sources = sources;
  }

  async read(signal?: AbortSignal): Promise<LogLine[]> {
    const lines = await Promise.all(this.#sources.map((source) => this.#readSource(source, signal)));
    return lines.flat().sort((one, other) => one.timestamp - other.timestamp);
  }

  async #readSource(source: LogSource, signal?: AbortSignal): Promise<LogLine[]> {
    const { container, logGroupName, logStreamName } = source;
    const lines: LogLine[] = [];
    for (;;) {
      const nextToken = this.#tokens.get(source);
      const input = { logGroupName, logStreamName, startFromHead: true, nextToken };
      const answer = await this.#client
        .call<LogEventsAnswer>('logs', 'GetLogEvents', input, signal)
        .catch(emptyWhenMissing);
      for (const { timestamp, message } of answer.events ?? []) lines.push({ container, timestamp, message });
      const { nextForwardToken } = answer;
      // The end is where the token stays the same.
      if (nextForwardToken === undefined || nextForwardToken === nextToken) return lines;
      this.#tokens.set(source, nextForwardToken);
    }
  }
}

/** A container that has written nothing yet has no stream. */
function emptyWhenMissing(error: unknown): LogEventsAnswer {
  if (error instanceof ApiFailure && error.code === 'ResourceNotFoundException') return {};
  throw error;
}
