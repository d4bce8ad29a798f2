/** Patterns of policies: `*` is any run of characters, `?` any one, and `${key}` a value of the request. */

/** What is known of a request, by condition key. Names of keys are told apart without regard to case. */
export type PolicyContext = Readonly<Record<string, string | readonly string[]>>;

interface TextOptions {
  readonly ignoreCase?: boolean;
}

/** A character, or one of the two wildcards. */
type Token = { readonly character: string } | 'any-one' | 'any-run';

/** In a variable's place these stand for themselves. */
const ESCAPED = new Set(['*', '?', '$']);

/** True when the whole text matches. A variable without a value in the context, or with several, never does. */
export function matchesPattern(pattern: string, text: string, context: PolicyContext = {}): boolean {
  const tokens: Token[] = [];
  for (const part of partsOf(pattern, context)) {
    if (part === undefined) return false;
    if (part.literal === undefined) tokens.push(part.wildcard === '*' ? 'any-run' : 'any-one');
    else tokens.push(...charactersOf(part.literal));
  }
  return matchesTokens(tokens, Array.from(text));
}

/** As `matchesPattern`, but `*` and `?` are what they are. */
export function matchesText(
  wanted: string,
  text: string,
  context: PolicyContext,
  { ignoreCase = false }: TextOptions = {},
): boolean {
  let whole = '';
  for (const part of partsOf(wanted, context)) {
    if (part === undefined) return false;
    whole += part.literal ?? part.wildcard;
  }
  return ignoreCase ? whole.toLowerCase() === text.toLowerCase() : whole === text;
}

/** The values of a key; undefined when the request has none. */
export function contextValues(context: PolicyContext, key: string): readonly string[] | undefined {
  const wanted = key.toLowerCase();
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === wanted);
  if (found === undefined) return undefined;
  const [, values] = found;
  return typeof values === 'string' ? [values] : values;
}

type Part = { readonly literal: string } | { readonly literal?: never; readonly wildcard: string };

/** undefined in the place of a variable without a value. */
function partsOf(pattern: string, context: PolicyContext): readonly (Part | undefined)[] {
  return Array.from(pattern.matchAll(/\$\{([^}]*)\}|([*?])|[^]/gu), ([text, variable, wildcard]) => {
    if (wildcard !== undefined) return { wildcard };
    if (variable === undefined) return { literal: text };
    const literal = valueOfVariable(variable, context);
    return literal === undefined ? undefined : { literal };
  });
}

/** A variable may have a default: `${aws:username, 'somebody'}`. */
function valueOfVariable(variable: string, context: PolicyContext): string | undefined {
  if (ESCAPED.has(variable)) return variable;
  const [, key = '', fallback] = /^\s*([^,\s]+)\s*(?:,\s*'([^']*)')?\s*$/.exec(variable) ?? [];
  const values = contextValues(context, key);
  if (values === undefined) return fallback;
  return values.length === 1 ? values[0] : undefined;
}

function charactersOf(text: string): readonly Token[] {
  return Array.from(text, (character) => ({ character }));
}

/** In time by the product of both lengths: after a mismatch only the last run of `*` is made longer. */
function matchesTokens(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = 0;
  let run = { token: -1, from: 0 };
  let token = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === 'any-run') {
      run = { token, from: at };
      token += 1;
    } else if (current !== undefined && (current === 'any-one' || current.character === text[at])) {
      token += 1;
      at += 1;
    } else if (run.token === -1) {
      return false;
    } else {
      run = { ...run, from: run.from + 1 };
      token = run.token + 1;
      at = run.from;
    }
  }
  return tokens.slice(token).every((rest) => rest === 'any-run');
}
