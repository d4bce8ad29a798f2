/** Values of filters: `*` stands for any text, `?` for one character, `\` takes the meaning of what follows away. */

type Part = { readonly any: 'text' | 'one' } | { readonly literal: string };

/** Whether a text fits a pattern. Time grows with the product of their lengths, never faster. */
export function wildcardMatcher(pattern: string): (text: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (text) => text === pattern;
  const parts = partsOf(pattern);
  return (text) => matches(parts, Array.from(text));
}

function partsOf(pattern: string): readonly Part[] {
  const parts: Part[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '*') parts.push({ any: 'text' });
    else if (character === '?') parts.push({ any: 'one' });
    else if (character === '\\' && at + 1 < characters.length)
      parts.push({ literal: characters[++at] ?? '' });
    else parts.push({ literal: character });
  }
  return parts;
}

/** Takes as little as possible for a `*`, and one more whenever what follows does not fit. */
function matches(parts: readonly Part[], text: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted !== undefined && 'any' in wanted && wanted.any === 'text') {
      star = part;
      starAt = at;
      part += 1;
    } else if (wanted !== undefined && ('any' in wanted || wanted.literal === text[at])) {
      part += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      part = star + 1;
      at = starAt;
    } else return false;
  }
  return parts.slice(part).every((rest) => 'any' in rest && rest.any === 'text');
}
