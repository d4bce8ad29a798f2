/** Tags as EC2 takes and shows them: 50 a resource, key 128, value 256 characters, nothing of AWS's own. */
import type { Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { ApiError } from '../../domain/errors.ts';
import type { Tags } from '../../domain/network/records.ts';
import { invalidParameterValue, missingParameter } from './errors.ts';

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

/** The tags that a Create operation gives its resource of this type. */
export function tagsFor(type: string, specifications: readonly TagSpecification[] | undefined): Tags {
  const tags: Tag[] = [];
  for (const { ResourceType, Tags: own = [] } of specifications ?? []) {
    if (ResourceType === undefined) throw missingParameter('TagSpecification.ResourceType');
    if (ResourceType !== type) {
      throw invalidParameterValue(
        `'${ResourceType}' is not a valid taggable resource type for this operation.`,
      );
    }
    tags.push(...own);
  }
  const result = checkedTags(tags);
  checkTagCount(result);
  return result;
}

/** Throws for keys and values that are not allowed, and for a key that comes twice. */
export function checkedTags(tags: readonly Tag[]): Tags {
  const result = new Map<string, string>();
  for (const { Key: key, Value: value = '' } of tags) {
    if (key === undefined) throw missingParameter('Tag.Key');
    checkTagKey(key);
    if (value.length > MAX_VALUE) {
      throw invalidParameterValue(
        `Tag value exceeds the maximum length of ${MAX_VALUE} characters for key '${key}'.`,
      );
    }
    if (result.has(key)) throw invalidParameterValue(`Duplicate tag key '${key}' specified.`);
    result.set(key, value);
  }
  return Object.fromEntries(result);
}

export function checkTagKey(key: string): void {
  if (key === '') throw invalidParameterValue('Tag key cannot be empty.');
  // An object of tags could not hold it.
  if (key === '__proto__') throw invalidParameterValue(`Tag key '${key}' is not allowed.`);
  if (key.length > MAX_KEY) {
    throw invalidParameterValue(`Tag key exceeds the maximum length of ${MAX_KEY} characters.`);
  }
  if (/^aws:/i.test(key)) {
    throw invalidParameterValue(`Tag keys starting with 'aws:' are reserved for internal use`);
  }
}

export function checkTagCount(tags: Tags): void {
  if (Object.keys(tags).filter((key) => !/^aws:/i.test(key)).length <= MAX_TAGS) return;
  throw new ApiError('TagLimitExceeded', `The maximum number of tags per resource is ${MAX_TAGS}.`);
}

export function tagsView(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
