/** Reads what a task's containers wrote, from CloudWatch Logs, in the order of its times. */
import {
  GetLogEvents$,
  type GetLogEventsRequest,
  type GetLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeTaskDefinition$,
  type DescribeTaskDefinitionRequest,
  type DescribeTaskDefinitionResponse,
  type Task,
} from '@aws-sdk/client-ecs';
import { isApiError } from '../domain/errors.ts';
import type { Api } from './api-client.ts';
import { shortName } from './tasks.ts';

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

/** Where the containers of a task log to; containers without awslogs are left out. */
export async function logSources(api: Api, task: Task, signal?: AbortSignal): Promise<LogSource[]> {
  const { taskDefinition } = await api.ecs.call<
    DescribeTaskDefinitionRequest,
    DescribeTaskDefinitionResponse
  >(DescribeTaskDefinition$, { taskDefinition: task.taskDefinitionArn }, signal);
  return (taskDefinition?.containerDefinitions ?? []).flatMap(({ name = '', logConfiguration }) => {
    const group = logConfiguration?.options?.['awslogs-group'];
    const prefix = logConfiguration?.options?.['awslogs-stream-prefix'];
    if (logConfiguration?.logDriver !== 'awslogs' || group === undefined || prefix === undefined) return [];
    const logStreamName = `${prefix}/${name}/${shortName(task.taskArn)}`;
    return [{ container: name, logGroupName: group, logStreamName }];
  });
}

/** Reads on where the last `read` ended. */
export class LogReader {
  readonly #api: Api;
  readonly #sources: readonly LogSource[];
  readonly #tokens = new Map<LogSource, string>();

  constructor(api: Api, sources: readonly LogSource[]) {
    this.#api = api;
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
      const answer = await this.#api.logs
        .call<GetLogEventsRequest, GetLogEventsResponse>(GetLogEvents$, input, signal)
        .catch(emptyWhenMissing);
      for (const { timestamp = 0, message = '' } of answer.events ?? []) {
        lines.push({ container, timestamp, message });
      }
      const { nextForwardToken } = answer;
      // The end is where the token stays the same.
      if (nextForwardToken === undefined || nextForwardToken === nextToken) return lines;
      this.#tokens.set(source, nextForwardToken);
    }
  }
}

/** A container that has written nothing yet has no stream. */
function emptyWhenMissing(error: unknown): GetLogEventsResponse {
  if (isApiError(error, 'ResourceNotFoundException')) return {};
  throw error;
}
