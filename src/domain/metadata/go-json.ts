/**
 * JSON and times as Go writes them, in which the metadata endpoint is written: compact, members in the order in which
 * they were set, what is undefined left out, integers of 64 bits whole, five characters escaped for HTML and JavaScript.
 */
const ESCAPED = /[<>&\u2028\u2029]/g;
const FRACTION_END = /(?:\.0+|(\.\d*[1-9])0+)Z$/;

/** `value` consists of plain objects, arrays, strings, numbers, booleans, null and undefined. */
export function goJson(value: unknown): string {
  if (typeof value === 'string') return goString(value);
  if (typeof value === 'number') return goNumber(value);
  if (value === null || typeof value !== 'object') return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${goString(name)}:${goJson(member)}`).join(',')}}`;
}

function goString(text: string): string {
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(ESCAPED, escape);
}

/** The kernel's "no limit" has more digits than a double shows. */
function goNumber(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? BigInt(value).toString()
    : JSON.stringify(value);
}

/** RFC 3339 in UTC, without the zeros at the end of its fraction. */
export function goTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(FRACTION_END, '$1Z');
}

/** A map's members in the order of their keys. */
export function goMap<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
