/** Line patterns by RE2JS: Go's own regular expressions in JavaScript, without backtracking. */
import type { RE2JS } from 're2js';
import { AppError } from '../../domain/errors.ts';
import type { LineGroups, LinePatterns, LineTest } from '../../ports/line-patterns.ts';

/** Of instructions. A match takes at most this many steps a character. */
const LARGEST_PROGRAM = 1_000;
/** Of a line this much is looked at: what marks a first line stands in front. */
const LOOKED_AT = 16_384;

export class Re2LinePatterns implements LinePatterns {
  async compile(pattern: string): Promise<LineTest> {
    const compiled = await compiledPattern(pattern);
    return (line) => compiled.test(lookedAt(line));
  }

  async compileGroups(pattern: string): Promise<LineGroups> {
    const compiled = await compiledPattern(pattern);
    const groups = Object.entries(compiled.namedGroups());
    return (line) => {
      const matcher = compiled.matcher(lookedAt(line));
      if (!matcher.find()) return undefined;
      const values = groups.map(([name, index]) => [name, matcher.group(index)] as const);
      return new Map(values.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
    };
  }
}

/** Rejects with `invalid`. */
async function compiledPattern(pattern: string): Promise<RE2JS> {
  // Few tasks need it, and it is large: loaded with the first pattern.
  const { RE2JS: Re2 } = await import('re2js');
  let compiled: RE2JS;
  try {
    compiled = Re2.compile(pattern);
  } catch (cause) {
    throw new AppError('invalid', 'not a regular expression', { cause });
  }
  if (compiled.programSize() > LARGEST_PROGRAM) throw new AppError('invalid', 'the pattern is too large');
  return compiled;
}

function lookedAt(line: string): string {
  return line.length > LOOKED_AT ? line.slice(0, LOOKED_AT) : line;
}
