/** Reads WWW-Authenticate headers (RFC 9110): `Bearer realm="…",service="…",scope="…"`, `Basic realm="…"`. */
export interface Challenge {
  /** Lower case. */
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `^(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))\\s*(?:,\\s*|(?=\\s|$))`,
);
const SCHEME = new RegExp(`^(${TOKEN})(?:\\s+|,\\s*|$)`);

/** All challenges of one header, in order. What cannot be read ends the list. */
export function parseChallenges(header: string | undefined): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = (header ?? '').trim();
  while (rest !== '') {
    const scheme = SCHEME.exec(rest);
    if (scheme?.[1] === undefined) break;
    rest = rest.slice(scheme[0].length);
    const parameters: Record<string, string> = {};
    for (let match = PARAMETER.exec(rest); match !== null; match = PARAMETER.exec(rest)) {
      const value = match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '';
      parameters[(match[1] ?? '').toLowerCase()] = value;
      rest = rest.slice(match[0].length).trimStart();
    }
    challenges.push({ scheme: scheme[1].toLowerCase(), parameters });
  }
  return challenges;
}
