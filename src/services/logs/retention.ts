/**
 * What time does to logs: events past their group's retention go, events of deleted groups and streams go, and
 * groups learn how much they store. Called by a clock loop, as often as it likes: a group is looked at once an hour.
 */
import { keys } from '../../domain/keys.ts';
import { BATCH_SPAN_MS, batchKeyPart, parseBatchKeyPart } from '../../domain/logs/event-position.ts';
import type {
  LogEventBlock,
  LogGroupRecord,
  LogStreamRecord,
  LogTrashRecord,
} from '../../domain/logs/records.ts';
import type { Entry, Store, Write } from '../../ports/store.ts';
import type { LogsDeps } from './deps.ts';

const SWEEP_EVERY_MS = 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** Batches deleted in one transaction. */
const CHUNK = 64;
const STREAM_PAGE = 500;

/** May be called again at any time; what one call leaves, the next one does. */
export async function expireLogEvents({ store }: Pick<LogsDeps, 'store'>, nowMs: number): Promise<void> {
  await emptyTrash(store);
  for (const group of await store.range<LogGroupRecord>({ prefix: keys.allLogGroups() })) {
    if (nowMs - group.value.sweptAt >= SWEEP_EVERY_MS) await sweepGroup(store, group, nowMs);
  }
}

async function emptyTrash(store: Store): Promise<void> {
  for (const { key, value } of await store.range<LogTrashRecord>({ prefix: keys.allLogTrash() })) {
    for (;;) {
      const batches = await store.range({ prefix: value.prefix, limit: CHUNK });
      const writes: Write[] = batches.map((batch) => ({ delete: batch.key }));
      if (batches.length < CHUNK) writes.push({ delete: key });
      await store.transact([], writes);
      if (batches.length < CHUNK) break;
    }
  }
}

async function sweepGroup(store: Store, group: Entry<LogGroupRecord>, nowMs: number): Promise<void> {
  const { groupId, retentionInDays } = group.value;
  let storedBytes = 0;
  let after: string | undefined;
  for (;;) {
    const streams = await store.range<LogStreamRecord>({
      prefix: keys.logStreams(groupId),
      limit: STREAM_PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const stream of streams) {
      const removed =
        retentionInDays === undefined
          ? 0
          : await expireStream(store, groupId, stream, nowMs - retentionInDays * DAY_MS);
      storedBytes += stream.value.storedBytes - removed;
    }
    if (streams.length < STREAM_PAGE) break;
    after = streams.at(-1)?.key;
  }
  // When the group was changed or deleted meanwhile, the next call does it.
  await store.transact(
    [{ key: group.key, revision: group.revision }],
    [{ put: group.key, value: { ...group.value, storedBytes, sweptAt: nowMs } }],
  );
}

/** Deletes batches all of whose events are from before the time; answers how many bytes they had. */
async function expireStream(
  store: Store,
  groupId: string,
  stream: Entry<LogStreamRecord>,
  cutoff: number,
): Promise<number> {
  const { streamId, firstEventTimestamp } = stream.value;
  if (firstEventTimestamp === undefined || firstEventTimestamp >= cutoff) return 0;
  const prefix = keys.logEvents(groupId, streamId);
  // A batch is expired for certain when its first event is older by more than a batch can span.
  const end = keys.logEvent(groupId, streamId, batchKeyPart(Math.max(0, cutoff - BATCH_SPAN_MS), 0));
  let removed = 0;
  for (;;) {
    const page = await store.range<LogEventBlock>({ prefix, limit: CHUNK });
    const expired = page.filter(({ key }) => key < end);
    if (expired.length > 0) {
      await store.transact(
        [],
        expired.map(({ key }) => ({ delete: key })),
      );
    }
    removed += expired.reduce((sum, { value }) => sum + value.bytes, 0);
    if (expired.length < CHUNK) break;
  }
  if (removed > 0) await noteExpired(store, stream.key, prefix, removed);
  return removed;
}

/** Corrects the stream's record; uploads that come in at the same time only make this try again. */
async function noteExpired(store: Store, key: string, prefix: string, removedBytes: number): Promise<void> {
  for (;;) {
    const stream = await store.get<LogStreamRecord>(key);
    if (stream === undefined) return;
    const [oldest] = await store.range<LogEventBlock>({ prefix, limit: 1 });
    const { firstEventTimestamp: _, ...record } = stream.value;
    const value: LogStreamRecord = {
      ...record,
      storedBytes: Math.max(0, record.storedBytes - removedBytes),
      ...(oldest === undefined
        ? {}
        : { firstEventTimestamp: parseBatchKeyPart(oldest.key.slice(prefix.length)).firstTimestamp }),
    };
    if ((await store.transact([{ key, revision: stream.revision }], [{ put: key, value }])).ok) return;
  }
}
