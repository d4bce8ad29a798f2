import {
  AddTagsToResource$,
  type AddTagsToResourceRequest,
  type AddTagsToResourceResult,
  ListTagsForResource$,
  type ListTagsForResourceRequest,
  type ListTagsForResourceResult,
  RemoveTagsFromResource$,
  type RemoveTagsFromResourceRequest,
  type RemoveTagsFromResourceResult,
} from '@aws-sdk/client-ssm';
import { checkTagCount, checkTags, mergeTags, removeTags } from '../../domain/ecs/tags.ts';
import { ApiError } from '../../domain/errors.ts';
import { keys } from '../../domain/keys.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import type { Entry } from '../../ports/store.ts';
import { operation, type OperationDefinition, type RequestContext } from '../../wire/service.ts';
import { transactWithRetry } from '../transact.ts';
import { isParameterName } from './constraints.ts';
import type { SsmDeps } from './deps.ts';

type Tags = ParameterRecord['tags'];

/** What is tagged: of all that Systems Manager has, only parameters are here. */
interface Tagged {
  readonly ResourceType?: string | undefined;
  readonly ResourceId?: string | undefined;
}

export function listTagsForResource(deps: SsmDeps): OperationDefinition {
  return operation(
    ListTagsForResource$,
    async (input: ListTagsForResourceRequest, context): Promise<ListTagsForResourceResult> => {
      const { value } = await getTagged(deps, input, context);
      return { TagList: value.tags.map(({ key, value: text = '' }) => ({ Key: key ?? '', Value: text })) };
    },
  );
}

export function addTagsToResource(deps: SsmDeps): OperationDefinition {
  return operation(
    AddTagsToResource$,
    async (input: AddTagsToResourceRequest, context): Promise<AddTagsToResourceResult> => {
      const given = input.Tags?.map(({ Key, Value }) => ({ key: Key ?? '', value: Value ?? '' }));
      const added = checkTags(given, 'ValidationException');
      await changeTags(deps, input, context, (tags) => {
        const merged = mergeTags(tags, added);
        checkTagCount(merged, 'ValidationException');
        return merged;
      });
      return {};
    },
  );
}

export function removeTagsFromResource(deps: SsmDeps): OperationDefinition {
  return operation(
    RemoveTagsFromResource$,
    async (input: RemoveTagsFromResourceRequest, context): Promise<RemoveTagsFromResourceResult> => {
      await changeTags(deps, input, context, (tags) => removeTags(tags, input.TagKeys ?? []));
      return {};
    },
  );
}

async function getTagged(
  { store }: SsmDeps,
  { ResourceType: type, ResourceId: name = '' }: Tagged,
  { scope }: RequestContext,
): Promise<Entry<ParameterRecord>> {
  if (type !== 'Parameter') {
    throw new ApiError('InvalidResourceType', 'The resource type is not valid. Only Parameter is here.');
  }
  const found = isParameterName(name)
    ? await store.get<ParameterRecord>(keys.parameter(scope, name))
    : undefined;
  if (found !== undefined) return found;
  throw new ApiError('InvalidResourceId', 'The resource ID is not valid. Verify the ID and try again.');
}

async function changeTags(
  deps: SsmDeps,
  tagged: Tagged,
  context: RequestContext,
  change: (tags: Tags) => Tags,
): Promise<void> {
  await transactWithRetry(deps.store, async () => {
    const { key, revision, value } = await getTagged(deps, tagged, context);
    const next: ParameterRecord = { ...value, tags: change(value.tags) };
    return { answer: undefined, conditions: [{ key, revision }], writes: [{ put: key, value: next }] };
  });
}
