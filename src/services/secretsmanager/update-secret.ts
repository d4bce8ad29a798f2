import {
  UpdateSecret$,
  type UpdateSecretRequest,
  type UpdateSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import { CURRENT } from '../../domain/secretsmanager/versions.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { checkDescription, checkRequestToken, givenValue } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { isSameValue, tokenInUse } from './same-value.ts';
import { getLiveSecret, newVersion } from './secret-store.ts';

export function updateSecret(deps: SecretsManagerDeps): OperationDefinition {
  const { store, clock, ids } = deps;
  return operation(
    UpdateSecret$,
    async (input: UpdateSecretRequest, context): Promise<UpdateSecretResponse> => {
      const { SecretId, ClientRequestToken: token, Description, KmsKeyId } = input;
      checkRequestToken(token);
      checkDescription(Description);
      const value = givenValue(input);
      const versionId = token ?? ids.uuid();
      const { arn, name } = await transactWithRetry(store, async () => {
        const entry = await getLiveSecret(deps, SecretId, context, 'UpdateSecret');
        const { key, revision } = entry;
        const known = {
          ...entry.value,
          ...(Description !== undefined && { description: Description }),
          ...(KmsKeyId !== undefined && { kmsKeyId: KmsKeyId }),
          changedAt: clock.now(),
        };
        const isTaken = value !== undefined && known.versions.some((each) => each.versionId === versionId);
        if (isTaken && !(await isSameValue(deps, known, token, value))) throw tokenInUse(versionId, known);
        const next =
          value === undefined || isTaken
            ? { record: known, writes: [] }
            : newVersion(deps, known, value, { versionId, stages: [CURRENT] });
        const writes = [...next.writes, { put: key, value: next.record }];
        return { answer: next.record, conditions: [{ key, revision }], writes };
      });
      return { ARN: arn, Name: name, ...(value !== undefined && { VersionId: versionId }) };
    },
  );
}
