import {
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResponse,
} from '@aws-sdk/client-ecr';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { EcrDeps } from '../deps.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { fromTags, repositoryOfArn } from './tags.ts';

export function listTagsForResource({ store }: EcrDeps): OperationDefinition {
  return operation(
    ListTagsForResource$,
    async (input: ListTagsForResourceRequest, { scope }): Promise<ListTagsForResourceResponse> => {
      const name = repositoryOfArn(scope, input.resourceArn ?? '');
      return { tags: fromTags((await getRepository(store, scope, name)).value.tags) };
    },
  );
}
