/** IPv6 ranges, as far as security groups store and show them. */

const WORDS = 8;
const WORD_BITS = 16;

/** The range as AWS shows it: shortest text, no bits behind the prefix; undefined when malformed. */
export function canonicalIpv6Cidr(text: string): string | undefined {
  const [address = '', bitsText = '', ...rest] = text.split('/');
  const words = parseIpv6(address);
  if (words === undefined || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bitsText)) return undefined;
  const bits = Number(bitsText);
  return bits > WORDS * WORD_BITS ? undefined : `${format(masked(words, bits))}/${bits}`;
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...(head ?? []), ...(tail ?? [])];
  if (!given.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return undefined;
  const missing = WORDS - given.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const zeros = Array.from({ length: missing }, () => '0');
  return [...(head ?? []), ...zeros, ...(tail ?? [])].map((word) => Number.parseInt(word, 16));
}

function masked(words: readonly number[], bits: number): readonly number[] {
  return words.map((word, index) => {
    const kept = Math.min(Math.max(bits - index * WORD_BITS, 0), WORD_BITS);
    const size = 2 ** (WORD_BITS - kept);
    return Math.floor(word / size) * size;
  });
}

/** The longest run of zeros, if of two or more, becomes `::`. */
function format(words: readonly number[]): string {
  const runs = words.map((_, start) => {
    const end = words.findIndex((word, index) => index >= start && word !== 0);
    return { start, length: (end === -1 ? WORDS : end) - start };
  });
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best));
  const text = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':');
  if (longest.length < 2) return text(words);
  return `${text(words.slice(0, longest.start))}::${text(words.slice(longest.start + longest.length))}`;
}
