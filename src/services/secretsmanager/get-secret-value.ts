import {
  GetSecretValue$,
  type GetSecretValueRequest,
  type GetSecretValueResponse,
} from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../../domain/errors.ts';
import { CURRENT, findVersion } from '../../domain/secretsmanager/versions.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret, readValue } from './secret-store.ts';

export function getSecretValue(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    GetSecretValue$,
    async (input: GetSecretValueRequest, context): Promise<GetSecretValueResponse> => {
      const { value: record } = await getLiveSecret(deps, input.SecretId, context, 'GetSecretValue');
      const { VersionId: versionId, VersionStage: versionStage } = input;
      const version = findVersion(record, { versionId, versionStage });
      if (version === 'mismatch') {
        throw new ApiError(
          'InvalidRequestException',
          'You provided a VersionStage that is not associated to the provided VersionId.',
        );
      }
      const value = version && (await readValue(deps, record, version.versionId));
      if (version === undefined || value === undefined) {
        throw new ApiError(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for ${wanted(versionId, versionStage)}`,
        );
      }
      return {
        ARN: record.arn,
        Name: record.name,
        VersionId: version.versionId,
        VersionStages: [...version.stages],
        CreatedDate: new Date(version.createdAt),
        ...(value.isBinary
          ? { SecretBinary: Buffer.from(value.text, 'base64') }
          : { SecretString: value.text }),
      };
    },
  );
}

function wanted(versionId: string | undefined, versionStage = CURRENT): string {
  return versionId === undefined ? `staging label: ${versionStage}` : `VersionId: ${versionId}`;
}
