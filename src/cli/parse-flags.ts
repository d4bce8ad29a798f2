/** Reads a command's flags and operands. What it does not know is an error with a hint, never ignored. */
import { parseArgs } from 'node:util';
import { type FlagSpec, type FlagValues, UsageError } from './command.ts';
import { nearest } from './nearest.ts';

export interface ParsedFlags {
  readonly flags: FlagValues;
  readonly operands: readonly string[];
}

export const HELP_FLAG: FlagSpec = { name: 'help', short: 'h', kind: 'switch', doc: 'Show this text.' };

export function parseFlags(argv: readonly string[], specs: readonly FlagSpec[]): ParsedFlags {
  const { tokens } = parseArgs({
    args: [...argv],
    options: parserOptions(specs),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, string | boolean | string[]> = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { spec, negated } = findSpec(token.name, token.rawName, specs);
    const value = spec.kind === 'switch' ? switchValue(token, negated) : textValue(token, spec);
    if (spec.kind !== 'list' || typeof value !== 'string') values[spec.name] = value;
    else values[spec.name] = [...((values[spec.name] as string[] | undefined) ?? []), value];
  }
  return { flags: values, operands };
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
}

function parserOptions(specs: readonly FlagSpec[]) {
  return Object.fromEntries(
    specs.map(({ name, kind, short }) => {
      const type: 'boolean' | 'string' = kind === 'switch' ? 'boolean' : 'string';
      return [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }];
    }),
  );
}

function findSpec(
  name: string,
  rawName: string,
  specs: readonly FlagSpec[],
): { spec: FlagSpec; negated: boolean } {
  const spec = specs.find((each) => each.name === name);
  if (spec !== undefined) return { spec, negated: false };
  const positive = name.startsWith('no-') ? name.slice(3) : undefined;
  const negatable = specs.find((each) => each.name === positive && each.kind === 'switch');
  if (negatable !== undefined) return { spec: negatable, negated: true };
  const shown = specs.filter((each) => each.hidden !== true).map((each) => each.name);
  const near = nearest(name, shown);
  throw new UsageError(`Unknown flag ${rawName}.${near === undefined ? '' : ` Did you mean --${near}?`}`);
}

function switchValue(token: OptionToken, negated: boolean): boolean {
  if (token.value === undefined) return !negated;
  if (!negated && (token.value === 'true' || token.value === 'false')) return token.value === 'true';
  throw new UsageError(`${token.rawName} takes no value, or true or false.`);
}

function textValue(token: OptionToken, spec: FlagSpec): string {
  if (token.value !== undefined && token.value !== '') return token.value;
  throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.placeholder ?? 'VALUE'}`);
}
