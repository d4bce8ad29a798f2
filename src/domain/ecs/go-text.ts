/**
 * JSON values as text in the way of Go's `%v`, by which AWS's agent turns members of a secret that are no strings into
 * environment values: `5432`, `1e+06`, `true`, `<nil>`, `[a b]`, `map[host:db port:5432]`.
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [member: string]: JsonValue };

/** Outside of these the decimal exponent is written out. */
const LOWEST_PLAIN_EXPONENT = -4;
const HIGHEST_PLAIN_EXPONENT = 5;

export function goText(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${name}:${goText(value[name] ?? null)}`);
  return `map[${members.join(' ')}]`;
}

function numberText(value: number): string {
  const [digits = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= LOWEST_PLAIN_EXPONENT && exponent <= HIGHEST_PLAIN_EXPONENT) return String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}
