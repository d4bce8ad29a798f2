/** CreateTags and DeleteTags, for any resources at once. */
import {
  CreateTags$,
  type CreateTagsRequest,
  DeleteTags$,
  type DeleteTagsRequest,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import type { Tags } from '../../../domain/network/records.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { invalidParameterValue, missingParameter } from '../errors.ts';
import type { Network } from '../network.ts';
import type { Ec2Parts } from '../parts.ts';
import { checkedTags, checkTagCount, checkTagKey } from '../tags.ts';
import { tagChanges } from './tagged-resources.ts';

const MAX_RESOURCES = 1000;

export function createTagsOperation({ network }: Ec2Parts) {
  return operation(
    CreateTags$,
    async (input: CreateTagsRequest, { scope }: RequestContext): Promise<void> => {
      const { Tags: asked = [], Resources } = input;
      if (asked.length === 0) throw missingParameter('Tag');
      const added = checkedTags(asked);
      await changeTags(network, scope, Resources, (tags) => {
        const next = { ...tags, ...added };
        checkTagCount(next);
        return next;
      });
    },
  );
}

export function deleteTagsOperation({ network }: Ec2Parts) {
  return operation(
    DeleteTags$,
    async (input: DeleteTagsRequest, { scope }: RequestContext): Promise<void> => {
      const { Tags: asked, Resources } = input;
      for (const { Key } of asked ?? []) checkTagKey(Key ?? '');
      await changeTags(network, scope, Resources, (tags) => remaining(tags, asked));
    },
  );
}

/** A tag that is named with a value goes only when it has that value; without any named, all go. */
function remaining(tags: Tags, asked: readonly Tag[] | undefined): Tags {
  const goes = (key: string, value: string): boolean =>
    asked === undefined ||
    asked.length === 0 ||
    asked.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value));
  return Object.fromEntries(
    Object.entries(tags).filter(([key, value]) => /^aws:/i.test(key) || !goes(key, value)),
  );
}

async function changeTags(
  network: Network,
  scope: Scope,
  ids: readonly string[] = [],
  change: (tags: Tags) => Tags,
): Promise<void> {
  if (ids.length === 0) throw missingParameter('ResourceId');
  if (ids.length > MAX_RESOURCES) {
    throw invalidParameterValue(`No more than ${MAX_RESOURCES} resources can be tagged at once.`);
  }
  await network.change(scope, async (reader) => {
    const changes = await tagChanges(reader, [...new Set(ids)], change);
    return {
      answer: undefined,
      writes: changes.map(({ write }) => write),
      conditions: changes.map(({ condition }) => condition),
    };
  });
}
