/** Events of all streams of some groups, in the order of their times, as queries see them. */
import type { Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import type { QueriedEvent } from '../../domain/logs/insights/row.ts';
import type { LogStreamRecord, QueriedGroup } from '../../domain/logs/records.ts';
import type { Store } from '../../ports/store.ts';
import { recordPointer } from './record-pointer.ts';
import { type MergedEvent, MergedEvents, type ReadStream } from './events/merged-events.ts';
import type { EventWindow } from './events/stream-events.ts';

interface QueriedStream extends ReadStream {
  readonly logGroupName: string;
}

export class QueriedEvents {
  readonly #account: string;
  readonly #events: MergedEvents<QueriedStream>;

  private constructor(account: string, events: MergedEvents<QueriedStream>) {
    this.#account = account;
    this.#events = events;
  }

  static async open(
    store: Store,
    { account }: Scope,
    groups: readonly QueriedGroup[],
    window: Omit<EventWindow, 'chunk'>,
  ): Promise<QueriedEvents> {
    const streams = groups.map(async ({ groupId, logGroupName }) => {
      const found = await store.range<LogStreamRecord>({ prefix: keys.logStreams(groupId) });
      return found.map(({ value: stream }): QueriedStream => ({ groupId, logGroupName, stream }));
    });
    return new QueriedEvents(account, new MergedEvents(store, (await Promise.all(streams)).flat(), window));
  }

  /** Undefined at the end. */
  async next(): Promise<QueriedEvent | undefined> {
    const event = await this.#events.peek();
    if (event === undefined) return undefined;
    this.#events.skip(event);
    return queriedEvent(event, this.#account);
  }
}

export function queriedEvent(
  { position, ingestionTime, message, from }: MergedEvent<QueriedStream>,
  account: string,
): QueriedEvent {
  const { logGroupName, stream } = from;
  return {
    ...{ timestamp: position.timestamp, ingestionTime, message, logStream: stream.logStreamName },
    log: `${account}:${logGroupName}`,
    ptr: recordPointer({ logGroupName, position }),
  };
}
