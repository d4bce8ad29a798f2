import {
  PutImageTagMutability$,
  type PutImageTagMutabilityRequest,
  type PutImageTagMutabilityResponse,
} from '@aws-sdk/client-ecr';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { updateRepository } from './repository-store.ts';
import { readTagMutability } from './tag-mutability.ts';

export function putImageTagMutability({ store }: EcrDeps): OperationDefinition {
  return operation(
    PutImageTagMutability$,
    async (input: PutImageTagMutabilityRequest, context): Promise<PutImageTagMutabilityResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'PutImageTagMutability', input);
      const mutability = readTagMutability(input);
      const { tagMutability, tagExclusionFilters } = await updateRepository(store, scope, name, (record) => ({
        ...record,
        ...mutability,
      }));
      return {
        registryId: scope.account,
        repositoryName: name,
        imageTagMutability: tagMutability,
        ...(tagExclusionFilters.length > 0 && {
          imageTagMutabilityExclusionFilters: [...tagExclusionFilters],
        }),
      };
    },
  );
}
