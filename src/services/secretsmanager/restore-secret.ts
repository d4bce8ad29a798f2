import {
  RestoreSecret$,
  type RestoreSecretRequest,
  type RestoreSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getSecret } from './secret-store.ts';

export function restoreSecret(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    RestoreSecret$,
    async (input: RestoreSecretRequest, context): Promise<RestoreSecretResponse> => {
      const { arn, name } = await transactWithRetry(deps.store, async () => {
        const { key, revision, value } = await getSecret(deps, input.SecretId, context, 'RestoreSecret');
        const { deletion, ...next } = value;
        if (deletion === undefined) return { answer: value, conditions: [], writes: [] };
        return { answer: next, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
      });
      return { ARN: arn, Name: name };
    },
  );
}
