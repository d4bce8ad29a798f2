import {
  UpdateSecretVersionStage$,
  type UpdateSecretVersionStageRequest,
  type UpdateSecretVersionStageResponse,
} from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../../domain/errors.ts';
import type { SecretRecord } from '../../domain/secretsmanager/records.ts';
import { CURRENT, moveStage } from '../../domain/secretsmanager/versions.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { checkStages, invalidParameter } from './constraints.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret } from './secret-store.ts';

export function updateSecretVersionStage(deps: SecretsManagerDeps): OperationDefinition {
  const { store, clock } = deps;
  return operation(
    UpdateSecretVersionStage$,
    async (input: UpdateSecretVersionStageRequest, context): Promise<UpdateSecretVersionStageResponse> => {
      const { VersionStage: stage = '', RemoveFromVersionId: from, MoveToVersionId: to } = input;
      checkStages([stage]);
      return transactWithRetry(store, async () => {
        const entry = await getLiveSecret(deps, input.SecretId, context, 'UpdateSecretVersionStage');
        const { key, revision, value: known } = entry;
        for (const versionId of [from, to]) assertVersion(known, versionId);
        if (stage === CURRENT && to === undefined) {
          throw invalidParameter(
            "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
          );
        }
        const versions = moveStage(known.versions, stage, { from, to });
        if (versions === undefined) throw elsewhere(known, stage, from);
        const record: SecretRecord = { ...known, versions, changedAt: clock.now() };
        return {
          answer: { ARN: known.arn, Name: known.name },
          conditions: [{ key, revision }],
          writes: [{ put: key, value: record }],
        };
      });
    },
  );
}

function assertVersion({ versions }: SecretRecord, versionId: string | undefined): void {
  if (versionId === undefined || versions.some((version) => version.versionId === versionId)) return;
  throw new ApiError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret version: ${versionId}.`,
  );
}

function elsewhere({ versions }: SecretRecord, stage: string, from: string | undefined): ApiError {
  const holder = versions.find(({ stages }) => stages.includes(stage))?.versionId;
  if (from !== undefined) {
    return invalidParameter(
      `The parameter RemoveFromVersionId can't be ${from}. Staging label ${stage} isn't attached to that version.`,
    );
  }
  return invalidParameter(
    `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
  );
}
