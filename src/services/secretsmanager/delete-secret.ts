import {
  DeleteSecret$,
  type DeleteSecretRequest,
  type DeleteSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import { isApiError } from '../../domain/errors.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { invalidParameter } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret, getSecret, removal } from './secret-store.ts';

const DAY_MS = 86_400_000;
const USUAL_DAYS = 30;
const FEWEST_DAYS = 7;

export function deleteSecret(deps: SecretsManagerDeps): OperationDefinition {
  const { store, clock } = deps;
  return operation(
    DeleteSecret$,
    async (input: DeleteSecretRequest, context): Promise<DeleteSecretResponse> => {
      const { SecretId, RecoveryWindowInDays, ForceDeleteWithoutRecovery: isForced = false } = input;
      checkWindow(RecoveryWindowInDays, isForced);
      const askedAt = clock.now();
      if (isForced) return forced(deps, SecretId, context);
      const dueAt = askedAt + (RecoveryWindowInDays ?? USUAL_DAYS) * DAY_MS;
      const { arn, name } = await transactWithRetry(store, async () => {
        const { key, revision, value } = await getLiveSecret(deps, SecretId, context, 'DeleteSecret');
        const next: SecretRecord = { ...value, deletion: { askedAt, dueAt } };
        return { answer: next, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
      });
      return { ARN: arn, Name: name, DeletionDate: new Date(dueAt) };
    },
  );
}

/** At once. What is not there is as good as deleted: a repeated call does not fail. */
async function forced(
  deps: SecretsManagerDeps,
  secretId: string | undefined,
  context: Parameters<OperationDefinition['handle']>[1],
): Promise<DeleteSecretResponse> {
  const gone = { Name: secretId, DeletionDate: new Date(deps.clock.now()) };
  try {
    const { arn, name } = await transactWithRetry(deps.store, async () => {
      const { key, revision, value } = await getSecret(deps, secretId, context, 'DeleteSecret');
      return { answer: value, conditions: [{ key, revision }], writes: removal(context.scope, value) };
    });
    return { ...gone, ARN: arn, Name: name };
  } catch (error) {
    if (isApiError(error, 'ResourceNotFoundException')) return gone;
    throw error;
  }
}

function checkWindow(days: number | undefined, isForced: boolean): void {
  if (days === undefined) return;
  if (isForced) {
    throw invalidParameter(
      "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  }
  if (days < FEWEST_DAYS || days > USUAL_DAYS) {
    throw invalidParameter(
      `The RecoveryWindowInDays value must be between ${FEWEST_DAYS} and ${USUAL_DAYS} days (inclusive).`,
    );
  }
}
