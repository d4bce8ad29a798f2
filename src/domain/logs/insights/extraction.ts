/** What `parse` takes out of a text: what stands where a pattern has its stars, or in the named groups of a regular expression. */
import type { ExpressionParser } from './expression-parser.ts';
import { malformedQuery } from './query-error.ts';
import type { GroupsSlot } from './regex-slots.ts';
import type { Token } from './tokens.ts';

/** The fields that are found, by name; undefined where the text does not fit. */
export type Extract = (text: string) => Iterable<readonly [name: string, value: string]> | undefined;

export interface Extraction {
  readonly names: readonly string[];
  readonly extract: Extract;
}

/** A group's name, where it is none within a class or behind a backslash. Names of fields may be what those of groups may not. */
const GROUP = /\\[^]|\[\^?\]?(?:[^\]\\]|\\[^])*\]|\(\?P?<(?![=!])([^>]+)>/g;

/** `"* took *" as one, two` or `/(?<one>…)/`. Throws MalformedQueryException. */
export function extraction(parser: ExpressionParser): Extraction {
  const pattern = parser.take();
  if (pattern.kind === 'regex') return ofGroups(parser, pattern);
  if (pattern.kind !== 'text') throw parser.unexpected(pattern);
  parser.expect('as');
  const names = parser.list(() => parser.name());
  const parts = pattern.text.split('*');
  if (parts.length - 1 !== names.length) {
    const message = `${parts.length - 1} fields in the pattern, and ${names.length} names`;
    throw malformedQuery(message, pattern.from, pattern.until);
  }
  return {
    names,
    extract: (text) => betweenParts(text, parts)?.map((value, index) => [names[index] ?? '', value] as const),
  };
}

function ofGroups(parser: ExpressionParser, { text, from, until }: Token): Extraction {
  const names: string[] = [];
  const pattern = text.replaceAll(GROUP, (matched, name?: string) =>
    name === undefined ? matched : `(?P<g${names.push(name) - 1}>`,
  );
  if (names.length === 0) {
    throw malformedQuery('parse needs a named group in its regular expression', from, until);
  }
  const slot: GroupsSlot = { pattern, written: text, from, match: () => undefined };
  parser.groups.push(slot);
  return {
    names,
    extract(line) {
      const found = slot.match(line);
      return (
        found && [...found].map(([group, value]) => [names[Number(group.slice(1))] ?? '', value] as const)
      );
    },
  };
}

/** The last star takes all that is left. */
function betweenParts(text: string, parts: readonly string[]): string[] | undefined {
  const [first = '', ...rest] = parts;
  let at = text.indexOf(first);
  if (at < 0) return undefined;
  at += first.length;
  const found: string[] = [];
  for (const [index, part] of rest.entries()) {
    const isLast = index === rest.length - 1 && part === '';
    const end = isLast ? text.length : text.indexOf(part, at);
    if (end < 0) return undefined;
    found.push(text.slice(at, end));
    at = end + part.length;
  }
  return found;
}
