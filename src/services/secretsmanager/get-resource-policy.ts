import {
  GetResourcePolicy$,
  type GetResourcePolicyRequest,
  type GetResourcePolicyResponse,
} from '@aws-sdk/client-secrets-manager';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret } from './secret-store.ts';

export function getResourcePolicy(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    GetResourcePolicy$,
    async (input: GetResourcePolicyRequest, context): Promise<GetResourcePolicyResponse> => {
      const { value } = await getLiveSecret(deps, input.SecretId, context, 'GetResourcePolicy');
      const { arn, name, policy } = value;
      return { ARN: arn, Name: name, ...(policy !== undefined && { ResourcePolicy: policy }) };
    },
  );
}
