/** CloudWatch Logs on a memory store and a clock that tests move, called as the front door would. */
import type {
  FilterLogEventsRequest,
  FilterLogEventsResponse,
  GetLogEventsRequest,
  GetLogEventsResponse,
  PutLogEventsResponse,
} from '@aws-sdk/client-cloudwatch-logs';
import { Re2LinePatterns } from '../../../src/drivers/line-patterns-re2/re2-line-patterns.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import type { Logger } from '../../../src/ports/logger.ts';
import type { Store } from '../../../src/ports/store.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { createLogsService } from '../../../src/services/logs/service.ts';
import type { OperationDefinition } from '../../../src/wire/service.ts';

export const SCOPE = { account: '000000000000', region: 'eu-west-1' };

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/** What comes in as JSON, or as a body, for operations that take something out of it before it is decoded. */
function arrived({ setAside }: OperationDefinition, input: object): object {
  const parts = setAside?.(Buffer.isBuffer(input) ? input : Buffer.from(JSON.stringify(input)));
  if (parts === undefined) return input;
  return { ...(JSON.parse(Buffer.from(parts.rest).toString()) as object), ...parts.members };
}

export class TestLogs {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly #operations: ReadonlyMap<string, (input: object) => Promise<unknown>>;

  constructor(store: Store = new MemoryStore(), clock = new ManualClock()) {
    this.store = store;
    this.clock = clock;
    const service = createLogsService({
      store,
      clock,
      ids: randomIds,
      logger: silent,
      patterns: new Re2LinePatterns(),
    });
    this.#operations = new Map(
      service.operations.map((operation) => [
        operation.name,
        (input: object) =>
          operation.handle(arrived(operation, input), {
            scope: SCOPE,
            principalArn: 'arn:aws:iam::000000000000:root',
            requestId: 'request',
            signal: new AbortController().signal,
          }) as Promise<unknown>,
      ]),
    );
  }

  /** Calls an operation by its name, with its input or its body. */
  async call<T = Record<string, unknown>>(name: string, input: object = {}): Promise<T> {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    return (await operation(input)) as T;
  }

  /** Makes a group with streams. */
  async make(group: string, ...streams: string[]): Promise<void> {
    await this.call('CreateLogGroup', { logGroupName: group });
    for (const stream of streams)
      await this.call('CreateLogStream', { logGroupName: group, logStreamName: stream });
  }

  /** Puts messages at times relative to now. */
  put(
    group: string,
    stream: string,
    ...events: [offsetMs: number, message: string][]
  ): Promise<PutLogEventsResponse> {
    return this.call('PutLogEvents', {
      logGroupName: group,
      logStreamName: stream,
      logEvents: events.map(([offset, message]) => ({ timestamp: this.clock.now() + offset, message })),
    });
  }

  get(
    logGroupName: string,
    logStreamName: string,
    more: Partial<GetLogEventsRequest> = {},
  ): Promise<GetLogEventsResponse> {
    return this.call('GetLogEvents', { logGroupName, logStreamName, ...more });
  }

  filter(logGroupName: string, more: FilterLogEventsRequest = {}): Promise<FilterLogEventsResponse> {
    return this.call('FilterLogEvents', { logGroupName, ...more });
  }
}

export const messagesOf = (page: {
  events?: { message?: string | undefined }[] | undefined;
}): (string | undefined)[] => (page.events ?? []).map(({ message }) => message);
