import {
  PutSecretValue$,
  type PutSecretValueRequest,
  type PutSecretValueResponse,
} from '@aws-sdk/client-secrets-manager';
import { CURRENT } from '../../domain/secretsmanager/versions.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { checkRequestToken, checkStages, givenValue, invalidParameter } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { isSameValue, tokenInUse } from './same-value.ts';
import { getLiveSecret, newVersion } from './secret-store.ts';

export function putSecretValue(deps: SecretsManagerDeps): OperationDefinition {
  const { store, ids } = deps;
  return operation(
    PutSecretValue$,
    async (input: PutSecretValueRequest, context): Promise<PutSecretValueResponse> => {
      const { SecretId, ClientRequestToken: token, VersionStages: stages = [CURRENT] } = input;
      checkRequestToken(token);
      checkStages(stages);
      const value = givenValue(input);
      if (value === undefined) {
        throw invalidParameter('You must provide either SecretString or SecretBinary.');
      }
      const versionId = token ?? ids.uuid();
      const record = await transactWithRetry(store, async () => {
        const entry = await getLiveSecret(deps, SecretId, context, 'PutSecretValue');
        const { key, revision, value: known } = entry;
        if (known.versions.some((version) => version.versionId === versionId)) {
          if (!(await isSameValue(deps, known, token, value))) throw tokenInUse(versionId, known);
          return { answer: known, conditions: [], writes: [] };
        }
        const next = newVersion(deps, known, value, { versionId, stages: [...new Set(stages)] });
        const writes = [...next.writes, { put: key, value: next.record }];
        return { answer: next.record, conditions: [{ key, revision }], writes };
      });
      const version = record.versions.find((each) => each.versionId === versionId);
      return {
        ARN: record.arn,
        Name: record.name,
        VersionId: versionId,
        VersionStages: [...(version?.stages ?? [])],
      };
    },
  );
}
