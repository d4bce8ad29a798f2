/** CloudWatch Logs as a task reaches it: by its own network interface, with its execution role's credentials. */
import { AppError } from '../../domain/errors.ts';
import type { TaskCredentials } from '../../domain/task/assignment.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { JsonClient } from '../../wire/aws-json/client.ts';
import {
  CreateLogGroup$,
  CreateLogStream$,
  PutLogEvents$,
  type PutLogEventsResponse,
} from '../../wire/aws-json/logs-operations.ts';
import { EventBlock } from '../../wire/logs/event-block.ts';
import { BLOCK_MARK, takesBlocks } from '../../wire/logs/block-upload.ts';
import { encodedEvents } from './encoded-events.ts';
import { openServiceClient, type ServiceAccess } from '../aws/service-client.ts';

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
}

/** What the service says of events that it took. */
export interface PutAnswer {
  /** Names this upload; the next one says it, so that one that comes twice is seen. */
  readonly token: string | undefined;
  /** So many of them it did not take for good: they are too old or too new. */
  readonly rejected: number;
}

/** Where events go. */
export interface PutTarget {
  readonly group: string;
  readonly stream: string;
  /** Of the upload before. */
  readonly token: string;
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
  /**
   * Sends the events of a block (wire/logs/event-block.ts), `count` of them; as they are to a service that takes blocks. The
   * block comes in pieces. The same one may be sent until it is taken, by another process, too.
   */
  putBlock(
    target: PutTarget,
    block: readonly Buffer[],
    count: number,
    signal?: AbortSignal,
  ): Promise<PutAnswer>;
  close(): void;
}

export interface LogsClientRequest {
  readonly region: string;
  /** Credentials that are valid now; waits for new ones where needed. */
  readonly credentials: () => Promise<TaskCredentials>;
  /** The task's; absent: the platform's own way. */
  readonly dialer: Dialer | undefined;
  /** In place of the service's usual name. */
  readonly endpoint?: URL | undefined;
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
    async putBlock({ group, stream, token }, block, count, signal) {
      const target = { logGroupName: group, logStreamName: stream, sequenceToken: token };
      const head = client.encode(PutLogEvents$, target);
      const body = takesBlocks(client.lastHeaders)
        ? [head, BLOCK_MARK, ...block]
        : [joinObjects(head, encodedEvents(parsed(block)))];
      const answer = await client.send<PutLogEventsResponse>(PutLogEvents$, body, signal);
      return { token: answer.nextSequenceToken, rejected: rejectedOf(answer, count) };
    },
    close: () => client.close(),
  };
}

function parsed(block: readonly Buffer[]): EventBlock {
  const events = EventBlock.parse(Buffer.concat(block));
  if (events === undefined) throw new AppError('internal', 'what was kept of events is no block');
  return events;
}

function rejectedOf({ rejectedLogEventsInfo: info }: PutLogEventsResponse, events: number): number {
  const old = Math.max(info?.tooOldLogEventEndIndex ?? 0, info?.expiredLogEventEndIndex ?? 0);
  return old + events - (info?.tooNewLogEventStartIndex ?? events);
}

/** One JSON object of the members of two, neither of which is empty. */
function joinObjects(first: Buffer, second: Buffer): Buffer {
  return Buffer.concat([first.subarray(0, -1), Buffer.from(','), second.subarray(1)]);
}
