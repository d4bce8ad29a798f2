/** The rules of tags: 50 a resource, key 128, value 256 characters, nothing of AWS's own. */
import { ApiError } from '../errors.ts';
import { checkLength, constraintError, type RefusalCode } from './constraints.ts';
import type { Tag } from './task-definition.ts';

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags with every value set (absent means empty). Throws in the service's words. */
export function checkTags(tags: readonly Tag[] | undefined, code: RefusalCode): Tag[] {
  const seen = new Set<string>();
  const checked = (tags ?? []).map(({ key, value = '' }, index) => {
    const path = `tags.${index + 1}.member`;
    if (key === undefined || key === '') {
      throw constraintError(code, `${path}.key`, key, 'Member must have length greater than or equal to 1');
    }
    checkTagKey(key, `${path}.key`, code);
    checkLength(code, `${path}.value`, value, MAX_VALUE);
    checkCharacters(value, code);
    if (seen.has(key)) throw new ApiError(code, 'Duplicate tag keys found.');
    seen.add(key);
    return { key, value };
  });
  checkTagCount(checked, code);
  return checked;
}

export function checkTagKey(key: string, path: string, code: RefusalCode): void {
  checkLength(code, path, key, MAX_KEY);
  checkCharacters(key, code);
  if (/^aws:/i.test(key)) {
    throw constraintError(code, path, key, 'Member must not begin with the reserved prefix aws:');
  }
}

/** Refuses more than 50 tags of the user's; AWS's own do not count. */
export function checkTagCount(tags: readonly Tag[], code: RefusalCode): void {
  const own = tags.filter(({ key }) => !/^aws:/i.test(key ?? ''));
  checkLength(code, 'tags', own, MAX_TAGS);
}

function checkCharacters(text: string, code: RefusalCode): void {
  if (CHARACTERS.test(text)) return;
  throw new ApiError(
    code,
    'Some tags contain invalid characters. Valid characters: UTF-8 letters, spaces, numbers and _ . / = + - : @.',
  );
}

/** `over` wins where both have a key; the order is base first. */
export function mergeTags(base: readonly Tag[], over: readonly Tag[]): Tag[] {
  const merged = new Map(base.map((tag) => [tag.key, tag]));
  for (const tag of over) merged.set(tag.key, tag);
  return [...merged.values()];
}

export function removeTags(tags: readonly Tag[], keys: readonly string[]): Tag[] {
  return tags.filter(({ key }) => key === undefined || !keys.includes(key));
}
