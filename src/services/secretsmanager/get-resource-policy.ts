import {
  GetResourcePolicy$,
  type GetResourcePolicyRequest,
  type GetResourcePolicyResponse,
} from '@aws-sdk/client-secrets-manager';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import type { SecretsManagerDeps } from './deps.ts';
import { getLiveSecret } from './secret-store.ts';

/** Secrets have no policies here; tools that look for one are told so. */
export function getResourcePolicy(deps: SecretsManagerDeps): OperationDefinition {
  return operation(
    GetResourcePolicy$,
    async (input: GetResourcePolicyRequest, context): Promise<GetResourcePolicyResponse> => {
      const { value } = await getLiveSecret(deps, input.SecretId, context, 'GetResourcePolicy');
      return { ARN: value.arn, Name: value.name };
    },
  );
}
