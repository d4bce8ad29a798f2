/** Tags as EFS takes and shows them: 50 a resource, key 128, value 256 characters, nothing of AWS's own. */
import type { Tag } from '@aws-sdk/client-efs';
import type { FileSystemRecord } from '../../domain/efs/records.ts';
import { checkText, refused } from './constraints.ts';
import { badRequest } from './errors.ts';

export type Tags = FileSystemRecord['tags'];

const MAX_TAGS = 50;
const KEY = { min: 1, max: 128, pattern: '^(?![aA]{1}[wW]{1}[sS]{1}:)([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$' };
const VALUE = { max: 256, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$' };

/** Throws for keys and values that are not allowed, and for a key that comes twice. */
export function checkedTags(tags: readonly Tag[] | undefined): Tags {
  const result = new Map<string, string>();
  for (const [index, { Key: key = '', Value: value = '' }] of (tags ?? []).entries()) {
    checkTagKey(key, `tags.${index + 1}.member.key`);
    checkText(`tags.${index + 1}.member.value`, value, VALUE);
    if (result.has(key)) throw badRequest('Duplicate tag keys are not allowed.');
    result.set(key, value);
  }
  return checkedCount(Object.fromEntries(result));
}

function checkTagKey(key: string, path: string): void {
  checkText(path, key, KEY);
  // An object of tags could not hold it.
  if (key === '__proto__') throw badRequest(`The tag key '${key}' is not allowed.`);
}

/** Of tags that are to go. */
export function checkTagKeys(keys: readonly string[]): void {
  if (keys.length < 1 || keys.length > MAX_TAGS) {
    const bound = keys.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${MAX_TAGS}`;
    throw refused('tagKeys', `[${keys.join(', ')}]`, `Member must have length ${bound}`);
  }
  for (const [index, key] of keys.entries()) checkTagKey(key, `tagKeys.${index + 1}.member`);
}

/** Throws when they are more than 50 of the user's. */
export function checkedCount(tags: Tags): Tags {
  if (Object.keys(tags).filter((key) => !/^aws:/i.test(key)).length <= MAX_TAGS) return tags;
  throw badRequest(`A resource can have at most ${MAX_TAGS} tags.`);
}

/** With the one that EFS itself gives to a file system that is backed up. */
export function fileSystemTags({ tags, backup }: FileSystemRecord): Tags {
  return backup === true ? { ...tags, 'aws:elasticfilesystem:default-backup': 'enabled' } : tags;
}

export function tagsView(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
