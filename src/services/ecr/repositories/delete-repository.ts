import {
  DeleteRepository$,
  type DeleteRepositoryRequest,
  type DeleteRepositoryResponse,
} from '@aws-sdk/client-ecr';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { repositoryView } from './repository-view.ts';

export function deleteRepository({ images, dnsSuffix }: EcrDeps): OperationDefinition {
  return operation(
    DeleteRepository$,
    async (input: DeleteRepositoryRequest, context): Promise<DeleteRepositoryResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'DeleteRepository', input);
      const record = await images.removeRepository(scope, name, { force: input.force ?? false });
      return { repository: repositoryView(record, scope, dnsSuffix) };
    },
  );
}
