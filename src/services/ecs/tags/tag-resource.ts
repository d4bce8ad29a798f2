/** TagResource and UntagResource. */
import {
  TagResource$,
  type TagResourceRequest,
  type TagResourceResponse,
  UntagResource$,
  type UntagResourceRequest,
  type UntagResourceResponse,
} from '@aws-sdk/client-ecs';
import { checkTagCount, checkTagKey, checkTags, mergeTags, removeTags } from '../../../domain/ecs/tags.ts';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { changeTags } from './tagged-resource.ts';

const CODE = 'InvalidParameterException';

export function tagResourceOperation({ store }: EcsDeps) {
  return operation(
    TagResource$,
    async (input: TagResourceRequest, { scope }: RequestContext): Promise<TagResourceResponse> => {
      const given = checkTags(input.tags, CODE);
      if (given.length === 0) throw new ApiError(CODE, 'Tags can not be empty.');
      await changeTags(store, scope, input.resourceArn ?? '', (tags) => {
        const next = mergeTags(tags, given);
        checkTagCount(next, CODE);
        return next;
      });
      return {};
    },
  );
}

export function untagResourceOperation({ store }: EcsDeps) {
  return operation(
    UntagResource$,
    async (input: UntagResourceRequest, { scope }: RequestContext): Promise<UntagResourceResponse> => {
      const tagKeys = input.tagKeys ?? [];
      tagKeys.forEach((key, index) => checkTagKey(key, `tagKeys.${index + 1}.member`, CODE));
      await changeTags(store, scope, input.resourceArn ?? '', (tags) => removeTags(tags, tagKeys));
      return {};
    },
  );
}
