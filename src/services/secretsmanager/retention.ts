/** Removes secrets whose time to come back is over. */
import { keys } from '../../domain/keys.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import type { Store } from '../../ports/store.ts';
import { isOver } from './secret-store.ts';

export async function expireSecrets({ store }: { readonly store: Store }, now: number): Promise<void> {
  const entries = await store.range<SecretRecord>({ prefix: keys.allManagedSecrets() });
  for (const { key, revision, value } of entries) {
    if (!isOver(value, now)) continue;
    const values = { deletePrefix: keys.managedSecretValues(value.secretId) };
    await store.transact([{ key, revision }], [{ delete: key }, values]);
  }
}
