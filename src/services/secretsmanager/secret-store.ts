/** Finds secrets by what callers name them by, and changes them. */
import { parseArn, type Scope } from '../../domain/arn.ts';
import { ApiError, hasKind } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { addVersion } from '../../domain/secretsmanager/versions.ts';
import type { Entry, Store, Write } from '../../ports/store.ts';
import type { RequestContext } from '../../wire/service.ts';
import { type GivenValue, isSecretName } from './constraints.ts';
import type { SealedValues } from '../sealed-values.ts';
import type { SecretsManagerDeps } from './deps.ts';

const SUFFIX = /-\w{6}$/;

export function secretNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/**
 * The secret of a name, an ARN, or an ARN without the characters that AWS adds. One whose time is over is not there.
 * Throws ResourceNotFoundException; AccessDeniedException for one of another account, which no policy opens here.
 */
export async function getSecret(
  { store, clock }: Pick<SecretsManagerDeps, 'store' | 'clock'>,
  secretId: string | undefined,
  { scope, principalArn }: RequestContext,
  operation: string,
): Promise<Entry<SecretRecord>> {
  const id = secretId ?? '';
  const arn = parseArn(id);
  if (arn !== undefined && arn.account !== scope.account) {
    throw new ApiError(
      'AccessDeniedException',
      `User: ${principalArn} is not authorized to perform: secretsmanager:${operation} on resource: ${id} because no resource-based policy allows the secretsmanager:${operation} action`,
    );
  }
  const found = await lookUpSecret({ store, clock }, id, scope);
  if (found === undefined) throw secretNotFound();
  return found;
}

/** The same of the scope's own secrets; undefined where there is none. */
export async function lookUpSecret(
  { store, clock }: Pick<SecretsManagerDeps, 'store' | 'clock'>,
  id: string,
  scope: Scope,
): Promise<Entry<SecretRecord> | undefined> {
  for (const name of namesOf(id, scope)) {
    const found = await store.get<SecretRecord>(keys.managedSecret(scope, name));
    if (found === undefined || !isNamedBy(found.value, id) || isOver(found.value, clock.now())) continue;
    return found;
  }
  return undefined;
}

/** The same, for what a secret that is to be deleted does not allow. */
export async function getLiveSecret(
  deps: Pick<SecretsManagerDeps, 'store' | 'clock'>,
  secretId: string | undefined,
  context: RequestContext,
  operation: string,
): Promise<Entry<SecretRecord>> {
  const found = await getSecret(deps, secretId, context, operation);
  if (found.value.deletion === undefined) return found;
  throw new ApiError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

export function isOver({ deletion }: SecretRecord, now: number): boolean {
  return deletion !== undefined && deletion.dueAt <= now;
}

/** A value under a new id with labels. `record` as it shall be but for its versions. */
export function newVersion(
  { clock, sealed }: SecretsManagerDeps,
  record: SecretRecord,
  { text, isBinary }: GivenValue,
  { versionId, stages }: { readonly versionId: string; readonly stages: readonly string[] },
): { readonly record: SecretRecord; readonly writes: readonly Write[] } {
  const now = clock.now();
  const { versions, dropped } = addVersion(record.versions, { versionId, stages, createdAt: now });
  const key = keys.managedSecretValue(record.secretId, versionId);
  return {
    record: { ...record, versions, changedAt: now },
    writes: [
      { put: key, value: { sealed: sealed.seal(text, key), isBinary } },
      ...dropped.map((id) => ({ delete: keys.managedSecretValue(record.secretId, id) })),
    ],
  };
}

/** The value of a version that the record names. Throws DecryptionFailure without the key that it was sealed under. */
export async function readValue(
  { store, sealed }: Pick<SecretsManagerDeps, 'store' | 'sealed'>,
  { secretId }: SecretRecord,
  versionId: string,
): Promise<GivenValue | undefined> {
  const key = keys.managedSecretValue(secretId, versionId);
  const found = await store.get<{ sealed: string; isBinary: boolean }>(key);
  if (found === undefined) return undefined;
  const { sealed: text, isBinary } = found.value;
  return { text: opened(sealed, text, key), isBinary };
}

function opened(values: SealedValues, text: string, key: string): string {
  try {
    return values.open(text, key);
  } catch (error) {
    if (!hasKind(error, 'failed-precondition')) throw error;
    throw new ApiError(
      'DecryptionFailure',
      `Secrets Manager can't decrypt the protected secret text using the provided KMS key: ${error.message}.`,
    );
  }
}

/** Deletes a record with all of its values. */
export function removal(scope: Scope, { name, secretId }: SecretRecord): Write[] {
  return [{ delete: keys.managedSecret(scope, name) }, { deletePrefix: keys.managedSecretValues(secretId) }];
}

export async function allSecrets(store: Store, scope: Scope): Promise<readonly SecretRecord[]> {
  const entries = await store.range<SecretRecord>({ prefix: keys.managedSecrets(scope) });
  return entries.map(({ value }) => value);
}

/** By which names a secret may be kept that callers name so. */
function namesOf(id: string, { region }: Scope): string[] {
  const arn = parseArn(id);
  if (arn === undefined) return isSecretName(id) ? [id] : [];
  if (arn.service !== 'secretsmanager' || arn.region !== region || !arn.resource.startsWith('secret:')) {
    return [];
  }
  const name = arn.resource.slice('secret:'.length);
  return [...new Set([name.replace(SUFFIX, ''), name])].filter(isSecretName);
}

function isNamedBy({ name, arn }: SecretRecord, id: string): boolean {
  return id === name || id === arn || id === arn.replace(SUFFIX, '');
}
