import {
  ListRoleTags$,
  type ListRoleTagsRequest,
  type ListRoleTagsResponse,
  TagRole$,
  type TagRoleRequest,
  UntagRole$,
  type UntagRoleRequest,
} from '@aws-sdk/client-iam';
import { checkTagCount, mergeTags, removeTags } from '../../../domain/ecs/tags.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { givenTags } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { iamPage } from '../iam-page.ts';
import { changeRole, getRole } from '../role-store.ts';
import { shownTags } from '../shown.ts';

export function tagRole(deps: IamOperationDeps): OperationDefinition {
  return operation(TagRole$, async ({ RoleName, Tags }: TagRoleRequest, { scope }): Promise<void> => {
    const added = givenTags(Tags);
    await changeRole(deps, scope.account, RoleName, (role) => {
      const tags = mergeTags(role.tags, added);
      checkTagCount(tags, 'ValidationError');
      return { role: { ...role, tags } };
    });
  });
}

export function untagRole(deps: IamOperationDeps): OperationDefinition {
  return operation(
    UntagRole$,
    async ({ RoleName, TagKeys = [] }: UntagRoleRequest, { scope }): Promise<void> => {
      await changeRole(deps, scope.account, RoleName, (role) => ({
        role: { ...role, tags: removeTags(role.tags, TagKeys) },
      }));
    },
  );
}

export function listRoleTags(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListRoleTags$,
    async (input: ListRoleTagsRequest, { scope: { account } }): Promise<ListRoleTagsResponse> => {
      const { value: role } = await getRole(deps, account, input.RoleName);
      const question = ['ListRoleTags', account, role.roleName];
      const { items, page } = iamPage(input, question, shownTags(role.tags), ({ Key = '' }) => Key);
      return { Tags: [...items], ...page };
    },
  );
}
