/** CloudWatch Logs as a task reaches it: by its own network interface, with its execution role's credentials. */
import type { TaskAssignment, TaskCredentials } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Dialer, DialTarget } from '../../ports/dialer.ts';
import { createJsonClient, type JsonClient } from '../../wire/aws-json/client.ts';
import { CreateLogGroup$, CreateLogStream$, PutLogEvents$ } from '../../wire/aws-json/logs-operations.ts';

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** Each may throw ApiError (the service's answer) or AppError (no answer). */
export interface LogsClient {
  createLogGroup(group: string, signal?: AbortSignal): Promise<void>;
  createLogStream(group: string, stream: string, signal?: AbortSignal): Promise<void>;
  putLogEvents(
    group: string,
    stream: string,
    events: readonly LogEvent[],
    signal?: AbortSignal,
  ): Promise<void>;
  close(): void;
}

export interface LogsClientRequest {
  readonly assignment: TaskAssignment;
  readonly region: string;
  /** Credentials that are valid now; waits for new ones where needed. */
  readonly credentials: () => Promise<TaskCredentials>;
  readonly dialer: Dialer;
}

export type LogsClientFactory = (request: LogsClientRequest) => LogsClient;

export interface AwsLogsOptions {
  /** Where the service is, as a task sees it: `198.18.0.1:80`. */
  readonly endpoint: DialTarget;
  readonly clock: Clock;
}

const CALL_TIMEOUT_MS = 20_000;

export function createLogsClientFactory({ endpoint, clock }: AwsLogsOptions): LogsClientFactory {
  return ({ region, credentials, dialer }) => {
    const client = createJsonClient({
      service: 'logs',
      targetPrefix: 'Logs_20140328',
      host: endpoint.port === 80 ? endpoint.host : `${endpoint.host}:${endpoint.port}`,
      region,
      credentials,
      connect: (signal) => dialer.connect(endpoint, signal),
      clock,
      timeoutMs: CALL_TIMEOUT_MS,
    });
    return logsClientOf(client);
  };
}

/** By a client that speaks AWS JSON to the service. */
export function logsClientOf(client: JsonClient): LogsClient {
  return {
    async createLogGroup(logGroupName, signal) {
      await client.call(CreateLogGroup$, { logGroupName }, signal);
    },
    async createLogStream(logGroupName, logStreamName, signal) {
      await client.call(CreateLogStream$, { logGroupName, logStreamName }, signal);
    },
    async putLogEvents(logGroupName, logStreamName, logEvents, signal) {
      await client.call(PutLogEvents$, { logGroupName, logStreamName, logEvents }, signal);
    },
    close: () => client.close(),
  };
}
