import {
  DescribeSecret$,
  type DescribeSecretRequest,
  type DescribeSecretResponse,
} from '@aws-sdk/client-secrets-manager';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getSecret } from './secret-store.ts';
import { labelledVersions, secretView } from './secret-view.ts';

export function describeSecret(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    DescribeSecret$,
    async (input: DescribeSecretRequest, context): Promise<DescribeSecretResponse> => {
      const { value: record } = await getSecret(deps, input.SecretId, context, 'DescribeSecret');
      return { ...secretView(record), VersionIdsToStages: labelledVersions(record) };
    },
  );
}
