/**
 * RunTask's idempotency: the same token with the same request gives the same tasks, with another request a conflict.
 * A token is forgotten after a day, or an hour after the last of its tasks has stopped.
 */
import { type Scope, taskArn } from '../../../domain/arn.ts';
import { constraintError } from '../../../domain/ecs/constraints.ts';
import type { IdempotencyRecord, TaskRecord } from '../../../domain/ecs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Store } from '../../../ports/store.ts';

const TOKEN_MS = 24 * 3_600_000;
const AFTER_TASKS_MS = 3_600_000;
const TOKEN = /^[\x21-\x7e]{1,64}$/;

/** Throws InvalidParameterException for what is not a token. */
export function checkClientToken(token: string | undefined): void {
  if (token === undefined || TOKEN.test(token)) return;
  throw constraintError(
    'InvalidParameterException',
    'clientToken',
    token,
    'Member must have 1 to 64 characters between 33 and 126',
  );
}

export function newTokenRecord(hash: string, taskIds: string[], now: number): IdempotencyRecord {
  return { requestHash: hash, taskIds, createdAt: now, expiresAt: now + TOKEN_MS };
}

export interface TokenUse {
  readonly scope: Scope;
  readonly clusterName: string;
  readonly hash: string;
  readonly now: number;
}

/** The tasks of an earlier request with this token; undefined when the token is free again. Throws ConflictException. */
export async function tasksOfToken(
  store: Store,
  record: IdempotencyRecord,
  { scope, clusterName, hash, now }: TokenUse,
): Promise<TaskRecord[] | undefined> {
  if (record.expiresAt <= now) return undefined;
  const entries = await store.getMany<TaskRecord>(
    record.taskIds.map((taskId) => keys.task(scope, clusterName, taskId)),
  );
  const tasks = entries.flatMap((entry) => (entry === undefined ? [] : [entry.value]));
  const isOver = ({ lastStatus, stoppedAt }: TaskRecord): boolean =>
    lastStatus === 'STOPPED' && (stoppedAt ?? 0) + AFTER_TASKS_MS <= now;
  if (tasks.every(isOver)) return undefined;
  if (record.requestHash === hash) return tasks;
  throw new ApiError(
    'ConflictException',
    'The clientToken is already in use by a request with different parameters.',
    { resourceIds: record.taskIds.map((taskId) => taskArn(scope, clusterName, taskId)) },
  );
}
