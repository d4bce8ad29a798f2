import {
  CreateRepository$,
  type CreateRepositoryRequest,
  type CreateRepositoryResponse,
  EncryptionType,
} from '@aws-sdk/client-ecr';
import type { RepositoryRecord } from '../../../domain/ecr/records.ts';
import { checkTags } from '../../../domain/ecs/tags.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkOneOf, checkRepositoryName } from '../constraints.ts';
import type { EcrDeps } from '../deps.ts';
import { registryScope } from '../registry-scope.ts';
import { toTags } from '../tags/tags.ts';
import { repositoryView } from './repository-view.ts';
import { readTagMutability } from './tag-mutability.ts';

export function createRepository({ store, clock, ids, dnsSuffix }: EcrDeps): OperationDefinition {
  return operation(
    CreateRepository$,
    async (input: CreateRepositoryRequest, context): Promise<CreateRepositoryResponse> => {
      const name = checkRepositoryName(input.repositoryName);
      const scope = registryScope(context, 'CreateRepository', input);
      const { encryptionType = 'AES256', kmsKey } = input.encryptionConfiguration ?? {};
      checkOneOf('encryptionType', encryptionType, Object.values(EncryptionType));
      const record: RepositoryRecord = {
        name,
        repositoryId: ids.hex(16),
        createdAt: clock.now(),
        ...readTagMutability(input),
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryption: { type: encryptionType, ...(kmsKey === undefined ? {} : { kmsKey }) },
        tags: checkTags(toTags(input.tags), 'InvalidParameterException'),
      };
      const key = keys.repository(scope, name);
      const result = await store.transact([{ key, revision: 0 }], [{ put: key, value: record }]);
      if (result.ok) return { repository: repositoryView(record, scope, dnsSuffix) };
      throw new ApiError(
        'RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${scope.account}'`,
      );
    },
  );
}
