/** CloudWatch Logs as a task reaches it: by its own network interface, with its execution role's credentials. */
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { JsonClient } from '../../wire/aws-json/client.ts';
import { CreateLogGroup$, CreateLogStream$, PutLogEvents$ } from '../../wire/aws-json/logs-operations.ts';
import { openServiceClient, type ServiceAccess } from '../aws/service-client.ts';

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
  readonly region: string;
  /** Credentials that are valid now; waits for new ones where needed. */
  readonly credentials: () => Promise<TaskCredentials>;
  /** The task's; absent: the platform's own way. */
  readonly dialer: Dialer | undefined;
}

export type LogsClientFactory = (request: LogsClientRequest) => LogsClient;

export function createLogsClientFactory(access: ServiceAccess): LogsClientFactory {
  return (request) =>
    logsClientOf(
      openServiceClient(access, {
        ...request,
        hostPrefix: 'logs',
        signingName: 'logs',
        targetPrefix: 'Logs_20140328',
      }),
    );
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
