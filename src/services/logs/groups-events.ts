/** Events of all streams of some groups, in the order of their times. */
import type { Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import { comparePositions, eventId } from '../../domain/logs/event-position.ts';
import type { QueriedEvent } from '../../domain/logs/insights/row.ts';
import type { LogGroupRecord, LogStreamRecord } from '../../domain/logs/records.ts';
import type { Store } from '../../ports/store.ts';
import { type MergedEvent, MergedEvents } from './merged-events.ts';
import type { EventWindow } from './stream-events.ts';

const CHUNK = 8;

interface Source {
  /** `<account>:<group>`, as queries show it. */
  readonly log: string;
  readonly groupId: string;
  readonly events: MergedEvents;
}

export class GroupsEvents {
  readonly #backward: boolean;
  readonly #sources: readonly Source[];

  private constructor(sources: readonly Source[], backward: boolean) {
    this.#sources = sources;
    this.#backward = backward;
  }

  static async open(
    store: Store,
    { account }: Scope,
    groups: readonly LogGroupRecord[],
    window: Omit<EventWindow, 'chunk'>,
  ): Promise<GroupsEvents> {
    const sources = groups.map(async ({ groupId, logGroupName }): Promise<Source> => {
      const found = await store.range<LogStreamRecord>({ prefix: keys.logStream(groupId, '') });
      const streams = found.map(({ value }) => value);
      const chunk = Math.max(1, Math.floor(CHUNK / Math.max(1, streams.length)));
      const events = new MergedEvents(store, groupId, streams, { ...window, chunk });
      return { log: `${account}:${logGroupName}`, groupId, events };
    });
    return new GroupsEvents(await Promise.all(sources), window.backward);
  }

  /** Undefined at the end. */
  async next(): Promise<QueriedEvent | undefined> {
    let best: { readonly source: Source; readonly event: MergedEvent } | undefined;
    for (const source of this.#sources) {
      const event = await source.events.peek();
      if (event === undefined) continue;
      const order = best === undefined ? -1 : comparePositions(event.position, best.event.position);
      if (best === undefined || (this.#backward ? order > 0 : order < 0)) best = { source, event };
    }
    if (best === undefined) return undefined;
    const { source, event } = best;
    source.events.skip(event);
    const { message, ingestionTime, logStreamName: logStream, position } = event;
    const ptr = Buffer.from(`${source.groupId}/${eventId(position)}`).toString('base64');
    return { timestamp: position.timestamp, ingestionTime, message, logStream, log: source.log, ptr };
  }
}
