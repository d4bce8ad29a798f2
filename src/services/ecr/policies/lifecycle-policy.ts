/** PutLifecyclePolicy, GetLifecyclePolicy, DeleteLifecyclePolicy: stored and shown; no image expires by them. */
import {
  DeleteLifecyclePolicy$,
  type DeleteLifecyclePolicyRequest,
  type DeleteLifecyclePolicyResponse,
  GetLifecyclePolicy$,
  type GetLifecyclePolicyRequest,
  type GetLifecyclePolicyResponse,
  PutLifecyclePolicy$,
  type PutLifecyclePolicyRequest,
  type PutLifecyclePolicyResponse,
} from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkLength, checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository, updateRepository } from '../repositories/repository-store.ts';
import { checkPolicyText } from './policy-text.ts';

const SHORTEST_POLICY = 100;
const LONGEST_POLICY = 30_720;

export function putLifecyclePolicy({ store }: EcrDeps): OperationDefinition {
  return operation(
    PutLifecyclePolicy$,
    async (input: PutLifecyclePolicyRequest, context): Promise<PutLifecyclePolicyResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const { lifecyclePolicyText = '' } = input;
      checkLength('LifecyclePolicyText', lifecyclePolicyText, SHORTEST_POLICY, LONGEST_POLICY);
      checkPolicyText(
        'LifecyclePolicyText',
        lifecyclePolicyText,
        'rules',
        'Lifecycle policy validation failure: string is not valid JSON of a lifecycle policy',
      );
      const scope = registryScope(context, 'PutLifecyclePolicy', input);
      await updateRepository(store, scope, name, (record) => ({ ...record, lifecyclePolicyText }));
      return { registryId: scope.account, repositoryName: name, lifecyclePolicyText };
    },
  );
}

export function getLifecyclePolicy({ store }: EcrDeps): OperationDefinition {
  return operation(
    GetLifecyclePolicy$,
    async (input: GetLifecyclePolicyRequest, context): Promise<GetLifecyclePolicyResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'GetLifecyclePolicy', input);
      const { lifecyclePolicyText } = (await getRepository(store, scope, name)).value;
      if (lifecyclePolicyText === undefined) throw noPolicy(name, scope);
      return { registryId: scope.account, repositoryName: name, lifecyclePolicyText };
    },
  );
}

export function deleteLifecyclePolicy({ store }: EcrDeps): OperationDefinition {
  return operation(
    DeleteLifecyclePolicy$,
    async (input: DeleteLifecyclePolicyRequest, context): Promise<DeleteLifecyclePolicyResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'DeleteLifecyclePolicy', input);
      let lifecyclePolicyText: string | undefined;
      await updateRepository(store, scope, name, ({ lifecyclePolicyText: known, ...record }) => {
        if (known === undefined) throw noPolicy(name, scope);
        lifecyclePolicyText = known;
        return record;
      });
      return { registryId: scope.account, repositoryName: name, lifecyclePolicyText };
    },
  );
}

function noPolicy(name: string, { account }: Scope): ApiError {
  return new ApiError(
    'LifecyclePolicyNotFoundException',
    `Lifecycle policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  );
}
