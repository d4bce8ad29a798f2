/** PlatformLogs in CloudWatch Logs itself: what PutLogEvents does, with groups and streams made on the way. */
import { logGroupArn, type Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import { streamIdFrom } from '../../domain/logs/event-position.ts';
import { eventBytes } from '../../domain/logs/put-batch.ts';
import type { LogGroupRecord, LogStreamRecord } from '../../domain/logs/records.ts';
import type { PlatformLog, PlatformLogs } from '../../ports/platform-logs.ts';
import type { Condition, Write } from '../../ports/store.ts';
import type { LogsDeps } from './deps.ts';
import { decodedForm } from './events/event-forms.ts';
import { eventWrites } from './events/event-writes.ts';
import { streamArn, untilUncontended } from './resources.ts';

interface Change {
  readonly conditions: readonly Condition[];
  readonly writes: readonly Write[];
}

export class StoredPlatformLogs implements PlatformLogs {
  readonly #deps: LogsDeps;

  constructor(deps: LogsDeps) {
    this.#deps = deps;
  }

  async append(
    logs: readonly PlatformLog[],
    conditions: readonly Condition[],
    writes: readonly Write[],
  ): Promise<boolean> {
    const guards = new Set(conditions.map(({ key }) => key));
    return untilUncontended(async () => {
      const changes = await Promise.all(logs.map((log) => this.#change(log)));
      const result = await this.#deps.store.transact(
        [...conditions, ...changes.flatMap((change) => change.conditions)],
        [...writes, ...changes.flatMap((change) => change.writes)],
      );
      if (result.ok) return true;
      return result.failed.some((key) => guards.has(key)) ? false : undefined;
    });
  }

  async #change({
    scope,
    logGroupName,
    logStreamName,
    retentionInDays,
    events,
  }: PlatformLog): Promise<Change> {
    const { store, clock } = this.#deps;
    const groupKey = keys.logGroup(scope, logGroupName);
    const groupEntry = await store.get<LogGroupRecord>(groupKey);
    const group = groupEntry?.value ?? this.#newGroup(scope, logGroupName, retentionInDays);
    const streamKey = keys.logStream(group.groupId, logStreamName);
    const streamEntry = await store.get<LogStreamRecord>(streamKey);
    const stream = streamEntry?.value ?? this.#newStream(scope, logGroupName, logStreamName);
    const place = { groupId: group.groupId, key: streamKey, stream };
    const numbered = events.map((event, index) => ({ ...event, index, bytes: eventBytes(event.message) }));
    const { writes } = eventWrites(place, { events: numbered, form: decodedForm }, clock.now());
    return {
      conditions: [
        { key: groupKey, revision: groupEntry?.revision ?? 0 },
        { key: streamKey, revision: streamEntry?.revision ?? 0 },
      ],
      writes: groupEntry === undefined ? [{ put: groupKey, value: group }, ...writes] : writes,
    };
  }

  #newGroup(scope: Scope, logGroupName: string, retentionInDays: number): LogGroupRecord {
    const now = this.#deps.clock.now();
    return {
      ...{ logGroupName, retentionInDays, groupId: this.#deps.ids.hex(16) },
      arn: logGroupArn(scope, logGroupName),
      ...{ creationTime: now, sweptAt: now, storedBytes: 0, tags: {} },
      logGroupClass: 'STANDARD',
    };
  }

  #newStream(scope: Scope, logGroupName: string, logStreamName: string): LogStreamRecord {
    const { clock, ids } = this.#deps;
    return {
      ...{ logStreamName, streamId: streamIdFrom(ids.hex(16)) },
      arn: streamArn(scope, logGroupName, logStreamName),
      ...{ creationTime: clock.now(), lastSequence: 0, storedBytes: 0 },
    };
  }
}
