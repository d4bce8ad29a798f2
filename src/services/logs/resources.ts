/** Finds log groups and streams, and changes their records without losing what others change meanwhile. */
import { type Scope, logGroupArn, parseArn } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { LogGroupRecord, LogStreamRecord } from '../../domain/logs/records.ts';
import type { Entry, Store, Write } from '../../ports/store.ts';
import { invalidParameter } from './constraints.ts';

const MAX_ATTEMPTS = 200;

export function groupNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
}

export function streamNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

export async function getGroup(store: Store, scope: Scope, name: string): Promise<Entry<LogGroupRecord>> {
  const entry = await store.get<LogGroupRecord>(keys.logGroup(scope, name));
  if (entry === undefined) throw groupNotFound();
  return entry;
}

export async function getStream(
  store: Store,
  group: Pick<LogGroupRecord, 'groupId'>,
  name: string,
): Promise<Entry<LogStreamRecord>> {
  const entry = await store.get<LogStreamRecord>(keys.logStream(group.groupId, name));
  if (entry === undefined) throw streamNotFound();
  return entry;
}

/** The group that a request names by `logGroupName` or by `logGroupIdentifier` (a name or an ARN). */
export function getRequestedGroup(
  store: Store,
  scope: Scope,
  request: { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined },
): Promise<Entry<LogGroupRecord>> {
  const { logGroupName, logGroupIdentifier } = request;
  if (logGroupName !== undefined && logGroupIdentifier !== undefined) {
    throw invalidParameter('LogGroup name and LogGroup ARN are mutually exclusive parameters.');
  }
  if (logGroupName !== undefined) return getGroup(store, scope, logGroupName);
  if (logGroupIdentifier === undefined) {
    throw invalidParameter('Either LogGroup name or LogGroup ARN must be specified.');
  }
  return getGroup(store, scope, groupNameOf(scope, logGroupIdentifier));
}

/** The name in a group's ARN (with or without `:*`), or the text itself. Other accounts' groups do not exist here. */
export function groupNameOf(scope: Scope, identifier: string): string {
  if (!identifier.startsWith('arn:')) return identifier;
  const arn = parseArn(identifier);
  const name = /^log-group:([^:]+)(?::\*)?$/.exec(arn?.resource ?? '')?.[1];
  const ours = arn?.service === 'logs' && arn.account === scope.account && arn.region === scope.region;
  if (name === undefined || !ours) throw groupNotFound();
  return name;
}

export function streamArn(scope: Scope, group: string, stream: string): string {
  return `${logGroupArn(scope, group)}:log-stream:${stream}`;
}

/** Repeats an attempt that found its records changed by somebody else (it answers undefined) until it succeeds. */
export async function untilUncontended<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new ApiError(
    'OperationAbortedException',
    'A conflicting operation is currently in progress against this resource. Please try again.',
  );
}

/** Changes a group's record. */
export async function updateGroup(
  store: Store,
  scope: Scope,
  name: string,
  change: (record: LogGroupRecord) => LogGroupRecord,
): Promise<void> {
  await untilUncontended(async () => {
    const { key, revision, value } = await getGroup(store, scope, name);
    const write: Write = { put: key, value: change(value) };
    return (await store.transact([{ key, revision }], [write])).ok ? true : undefined;
  });
}
