/** Finds repositories, and changes their records without losing what others change meanwhile. */
import type { Scope } from '../../../domain/arn.ts';
import type { RepositoryRecord } from '../../../domain/ecr/records.ts';
import { keys } from '../../../domain/keys.ts';
import type { Entry, Store } from '../../../ports/store.ts';
import { transactWithRetry } from '../../transact.ts';
import { repositoryNotFound } from '../errors.ts';

/** Throws RepositoryNotFoundException. */
export async function getRepository(
  store: Store,
  scope: Scope,
  name: string,
): Promise<Entry<RepositoryRecord>> {
  const entry = await store.get<RepositoryRecord>(keys.repository(scope, name));
  if (entry === undefined) throw repositoryNotFound(name, scope);
  return entry;
}

/** The record as it was written. `change` may be called several times, and may throw ApiErrors. */
export function updateRepository(
  store: Store,
  scope: Scope,
  name: string,
  change: (record: RepositoryRecord) => RepositoryRecord,
): Promise<RepositoryRecord> {
  return transactWithRetry(store, async () => {
    const { key, value, revision } = await getRepository(store, scope, name);
    const next = change(value);
    return { answer: next, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
  });
}

/** Where the registry keeps it. Made of nothing that users choose freely. */
export function placeOf({ account, region }: Scope, { repositoryId }: RepositoryRecord): string {
  return `${account}/${region}/${repositoryId}`;
}
