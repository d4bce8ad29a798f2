import {
  ListPolicyTags$,
  type ListPolicyTagsRequest,
  type ListPolicyTagsResponse,
  TagPolicy$,
  type TagPolicyRequest,
  UntagPolicy$,
  type UntagPolicyRequest,
} from '@aws-sdk/client-iam';
import { checkTagCount, mergeTags, removeTags } from '../../../domain/ecs/tags.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { givenTags } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { changePolicy, getPolicy } from '../policy-store.ts';
import { shownTags } from '../shown.ts';

export function tagPolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(TagPolicy$, async ({ PolicyArn, Tags }: TagPolicyRequest, { scope }): Promise<void> => {
    const added = givenTags(Tags);
    await changePolicy(deps, scope.account, PolicyArn, (policy) => {
      const tags = mergeTags(policy.tags, added);
      checkTagCount(tags, 'ValidationError');
      return { policy: { ...policy, tags }, answer: undefined };
    });
  });
}

export function untagPolicy(deps: IamOperationDeps): OperationDefinition {
  return operation(
    UntagPolicy$,
    async ({ PolicyArn, TagKeys = [] }: UntagPolicyRequest, { scope }): Promise<void> => {
      await changePolicy(deps, scope.account, PolicyArn, (policy) => ({
        policy: { ...policy, tags: removeTags(policy.tags, TagKeys) },
        answer: undefined,
      }));
    },
  );
}

export function listPolicyTags(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListPolicyTags$,
    async (input: ListPolicyTagsRequest, { scope: { account } }): Promise<ListPolicyTagsResponse> => {
      const { arn, tags } = await getPolicy(deps, account, input.PolicyArn);
      const question = ['ListPolicyTags', account, arn];
      const { items, page } = iamPage(input, question, shownTags(tags), ({ Key = '' }) => Key);
      return { Tags: [...items], ...page };
    },
  );
}
