/** Whether a request was made before: its token is the id of a version with just this value. */
import { ApiError } from '../../domain/errors.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import type { GivenValue } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { readValue } from './secret-store.ts';

export async function isSameValue(
  deps: SecretsManagerDeps,
  record: SecretRecord,
  token: string | undefined,
  value: GivenValue | undefined,
): Promise<boolean> {
  if (token === undefined || !record.versions.some(({ versionId }) => versionId === token)) return false;
  const known = await readValue(deps, record, token);
  return known?.text === value?.text && known?.isBinary === value?.isBinary;
}

/** Where the token is in use for another value. */
export function tokenInUse(token: string, { arn }: SecretRecord): ApiError {
  return new ApiError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );
}
