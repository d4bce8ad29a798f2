/** Which tags of a repository stay with the image that they were given first. */
import type { RepositoryRecord } from './records.ts';

type Mutability = Pick<RepositoryRecord, 'tagMutability' | 'tagExclusionFilters'>;

export function isImmutableTag({ tagMutability, tagExclusionFilters }: Mutability, tag: string): boolean {
  const excluded = tagExclusionFilters.some(({ filter }) => fitsWildcard(tag, filter));
  switch (tagMutability) {
    case 'MUTABLE':
      return false;
    case 'IMMUTABLE':
      return true;
    case 'IMMUTABLE_WITH_EXCLUSION':
      return !excluded;
    case 'MUTABLE_WITH_EXCLUSION':
      return excluded;
  }
}

/** `*` stands for any number of characters. The pieces between are looked for one after the other. */
function fitsWildcard(text: string, filter: string): boolean {
  const pieces = filter.split('*');
  const [first = ''] = pieces;
  if (pieces.length === 1) return text === filter;
  const last = pieces.at(-1) ?? '';
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let position = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, position);
    if (found === -1) return false;
    position = found + piece.length;
  }
  return text.length - last.length >= position;
}
