import {
  CreateSecret$,
  type CreateSecretRequest,
  type CreateSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import { secretArn } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { CURRENT } from '../../domain/secretsmanager/versions.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import {
  checkDescription,
  checkRequestToken,
  checkSecretName,
  givenTags,
  givenValue,
} from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { isOver, newVersion, removal } from './secret-store.ts';
import { isSameValue } from './same-value.ts';

export function createSecret(deps: SecretsManagerDeps): OperationDefinition {
  const { store, clock, ids } = deps;
  return operation(
    CreateSecret$,
    async (input: CreateSecretRequest, { scope }): Promise<CreateSecretResponse> => {
      const name = checkSecretName(input.Name);
      checkRequestToken(input.ClientRequestToken);
      checkDescription(input.Description);
      const value = givenValue(input);
      const now = clock.now();
      const versionId = input.ClientRequestToken ?? ids.uuid();
      const empty: SecretRecord = {
        name,
        secretId: ids.hex(16),
        arn: secretArn(scope, name, ids.hex(6)),
        ...(input.Description !== undefined && { description: input.Description }),
        ...(input.KmsKeyId !== undefined && { kmsKeyId: input.KmsKeyId }),
        tags: givenTags(input.Tags),
        createdAt: now,
        changedAt: now,
        versions: [],
      };
      const made =
        value === undefined
          ? { record: empty, writes: [] }
          : newVersion(deps, empty, value, { versionId, stages: [CURRENT] });
      const record = await transactWithRetry(store, async () => {
        const key = keys.managedSecret(scope, name);
        const known = await store.get<SecretRecord>(key);
        const conditions = [{ key, revision: known?.revision ?? 0 }];
        const write = { put: key, value: made.record };
        if (known === undefined) return { answer: made.record, conditions, writes: [...made.writes, write] };
        if (isOver(known.value, now)) {
          const writes = [...removal(scope, known.value), ...made.writes, write];
          return { answer: made.record, conditions, writes };
        }
        const isRepeated = await isSameValue(deps, known.value, input.ClientRequestToken, value);
        if (isRepeated && known.value.deletion === undefined) {
          return { answer: known.value, conditions: [], writes: [] };
        }
        throw taken(known.value);
      });
      return { ARN: record.arn, Name: name, ...(value !== undefined && { VersionId: versionId }) };
    },
  );
}

function taken({ name, deletion }: SecretRecord): ApiError {
  if (deletion === undefined) {
    return new ApiError(
      'ResourceExistsException',
      `The operation failed because the secret ${name} already exists.`,
    );
  }
  return new ApiError(
    'InvalidRequestException',
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  );
}
