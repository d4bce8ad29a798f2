/** TagResource and UntagResource. */
import {
  TagResource$,
  type TagResourceRequest,
  type TagResourceResponse,
  UntagResource$,
  type UntagResourceRequest,
  type UntagResourceResponse,
} from '@aws-sdk/client-ecr';
import { checkTagCount, checkTagKey, checkTags, mergeTags, removeTags } from '../../../domain/ecs/tags.ts';
import { isApiError } from '../../../domain/errors.ts';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { EcrDeps } from '../deps.ts';
import { updateRepository } from '../repositories/repository-store.ts';
import { repositoryOfArn, toTags } from './tags.ts';

const CODE = 'InvalidParameterException';
const MOST_TAGS = 50;

export function tagResource({ store }: EcrDeps): OperationDefinition {
  return operation(
    TagResource$,
    async (input: TagResourceRequest, { scope }): Promise<TagResourceResponse> => {
      const name = repositoryOfArn(scope, input.resourceArn ?? '');
      const given = checkTags(toTags(input.tags), CODE);
      await updateRepository(store, scope, name, (record) => {
        const tags = mergeTags(record.tags, given);
        checkCount(tags, name);
        return { ...record, tags };
      });
      return {};
    },
  );
}

export function untagResource({ store }: EcrDeps): OperationDefinition {
  return operation(
    UntagResource$,
    async (input: UntagResourceRequest, { scope }): Promise<UntagResourceResponse> => {
      const name = repositoryOfArn(scope, input.resourceArn ?? '');
      const tagKeys = input.tagKeys ?? [];
      tagKeys.forEach((key, index) => checkTagKey(key, `tagKeys.${index + 1}.member`, CODE));
      await updateRepository(store, scope, name, (record) => ({
        ...record,
        tags: removeTags(record.tags, tagKeys),
      }));
      return {};
    },
  );
}

function checkCount(tags: Parameters<typeof checkTagCount>[0], name: string): void {
  try {
    checkTagCount(tags, CODE);
  } catch (error) {
    if (!isApiError(error)) throw error;
    throw new ApiError(
      'TooManyTagsException',
      `The repository with name '${name}' can have at most ${MOST_TAGS} tags`,
    );
  }
}
