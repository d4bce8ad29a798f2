/** SetRepositoryPolicy, GetRepositoryPolicy, DeleteRepositoryPolicy: stored and shown; nothing is judged by them. */
import {
  DeleteRepositoryPolicy$,
  type DeleteRepositoryPolicyRequest,
  type DeleteRepositoryPolicyResponse,
  GetRepositoryPolicy$,
  type GetRepositoryPolicyRequest,
  type GetRepositoryPolicyResponse,
  SetRepositoryPolicy$,
  type SetRepositoryPolicyRequest,
  type SetRepositoryPolicyResponse,
} from '@aws-sdk/client-ecr';
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkLength, checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { getRepository, updateRepository } from '../repositories/repository-store.ts';
import { checkPolicyText } from './policy-text.ts';

const LONGEST_POLICY = 10_240;

export function setRepositoryPolicy({ store }: EcrDeps): OperationDefinition {
  return operation(
    SetRepositoryPolicy$,
    async (input: SetRepositoryPolicyRequest, context): Promise<SetRepositoryPolicyResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const { policyText = '' } = input;
      checkLength('policyText', policyText, 0, LONGEST_POLICY);
      checkPolicyText('PolicyText', policyText, 'Statement', 'Invalid repository policy provided');
      const scope = registryScope(context, 'SetRepositoryPolicy', input);
      await updateRepository(store, scope, name, (record) => ({ ...record, policyText }));
      return { registryId: scope.account, repositoryName: name, policyText };
    },
  );
}

export function getRepositoryPolicy({ store }: EcrDeps): OperationDefinition {
  return operation(
    GetRepositoryPolicy$,
    async (input: GetRepositoryPolicyRequest, context): Promise<GetRepositoryPolicyResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'GetRepositoryPolicy', input);
      const { policyText } = (await getRepository(store, scope, name)).value;
      if (policyText === undefined) throw noPolicy(name, scope);
      return { registryId: scope.account, repositoryName: name, policyText };
    },
  );
}

export function deleteRepositoryPolicy({ store }: EcrDeps): OperationDefinition {
  return operation(
    DeleteRepositoryPolicy$,
    async (input: DeleteRepositoryPolicyRequest, context): Promise<DeleteRepositoryPolicyResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'DeleteRepositoryPolicy', input);
      let policyText: string | undefined;
      await updateRepository(store, scope, name, ({ policyText: known, ...record }) => {
        if (known === undefined) throw noPolicy(name, scope);
        policyText = known;
        return record;
      });
      return { registryId: scope.account, repositoryName: name, policyText };
    },
  );
}

function noPolicy(name: string, { account }: Scope): ApiError {
  return new ApiError(
    'RepositoryPolicyNotFoundException',
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${account}'`,
  );
}
