/** Tags of log groups: what both families of tag operations do. */
import type { Scope } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import type { Store } from '../../../ports/store.ts';
import { invalidParameter, MAX_TAGS } from '../constraints.ts';
import { getGroup, updateGroup } from '../resources.ts';

/** Keys that begin with `aws:` are AWS's own. */
export function checkOwnTags(tagKeys: readonly string[]): void {
  if (tagKeys.some((key) => key.toLowerCase().startsWith('aws:'))) {
    throw invalidParameter('aws: prefixed tag key names are not allowed for external use.');
  }
}

export async function addTags(
  store: Store,
  scope: Scope,
  group: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  checkOwnTags(Object.keys(tags));
  await updateGroup(store, scope, group, (record) => {
    const all = { ...record.tags, ...tags };
    if (Object.keys(all).length > MAX_TAGS) {
      throw new ApiError('TooManyTagsException', `A resource can have at most ${MAX_TAGS} tags.`, {
        resourceName: record.arn,
      });
    }
    return { ...record, tags: all };
  });
}

export async function removeTags(
  store: Store,
  scope: Scope,
  group: string,
  tagKeys: readonly string[],
): Promise<void> {
  const gone = new Set(tagKeys);
  await updateGroup(store, scope, group, (record) => ({
    ...record,
    tags: Object.fromEntries(Object.entries(record.tags).filter(([key]) => !gone.has(key))),
  }));
}

export async function tagsOf(store: Store, scope: Scope, group: string): Promise<Record<string, string>> {
  return (await getGroup(store, scope, group)).value.tags;
}
