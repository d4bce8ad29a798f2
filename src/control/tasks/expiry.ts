/** Removes what has outlived its time: STOPPED tasks after the retention, client tokens after their end. */
import type { IdempotencyRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store, Write } from '../../ports/store.ts';
import { isTaskKey } from './task-key.ts';

const TOKEN_KEY = /^a\/[^/]+\/[^/]+\/ecs\/token\//;
const BATCH = 500;

/** Deletes expired records; resolves with their number. `retentionMs` counts from stoppedAt. */
export async function expireRecords(
  deps: { store: Store; clock: Clock },
  retentionMs: number,
): Promise<number> {
  const now = deps.clock.now();
  const doomed: Write[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await deps.store.range<unknown>({
      prefix: keys.resources(),
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    for (const { key, value } of page) {
      if (isTaskKey(key) && taskExpired(value as TaskRecord, now - retentionMs)) doomed.push({ delete: key });
      if (TOKEN_KEY.test(key) && (value as IdempotencyRecord).expiresAt <= now) doomed.push({ delete: key });
    }
    after = page.at(-1)?.key;
    if (page.length < BATCH || after === undefined) break;
  }
  if (doomed.length > 0) await deps.store.transact([], doomed);
  return doomed.length;
}

function taskExpired(record: TaskRecord, before: number): boolean {
  return record.lastStatus === 'STOPPED' && (record.stoppedAt ?? 0) <= before;
}
