/** Condition keys of tags: those that a resource has, and those that a request brings. */
import type { Tag } from '../ecs/task-definition.ts';
import type { PolicyContext } from './policy-pattern.ts';

/** `prefix`: the service's own form of the keys besides `aws:ResourceTag/…`, e.g. `ecs`. */
export function resourceTagKeys(tags: readonly Tag[], prefix?: string): PolicyContext {
  return Object.fromEntries(
    tags.flatMap(({ key = '', value = '' }) => [
      [`aws:ResourceTag/${key}`, value],
      ...(prefix === undefined ? [] : [[`${prefix}:ResourceTag/${key}`, value]]),
    ]),
  );
}

export function requestTagKeys(tags: readonly Tag[]): PolicyContext {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ key = '', value = '' }) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': tags.map(({ key = '' }) => key),
  };
}

/** Tags of services that write their members with capitals. */
export function keyedTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tag[] {
  return (tags ?? []).map(({ Key, Value }) => ({ key: Key, value: Value }));
}

/** Tags of services that write them as members of an object. */
export function tagsOf(tags: Readonly<Record<string, string>> | undefined): Tag[] {
  return Object.entries(tags ?? {}).map(([key, value]) => ({ key, value }));
}
