/** What a log router's configuration file says, as far as FireLens writes it: in Fluent Bit's language and in Fluentd's. */

export interface RouterSettings {
  readonly socketPath: string;
  /** Where it listens on loopback: for records, and for health checks. */
  readonly port: number;
  readonly healthPort: number | undefined;
  readonly filters: readonly Filter[];
  /** Members of every record. */
  readonly members: Readonly<Record<string, string>>;
  readonly outputs: readonly Output[];
  readonly includes: readonly string[];
}

export interface Filter {
  readonly match: RegExp;
  readonly pattern: RegExp;
  /** Keep what has the pattern, or drop it. */
  readonly keeps: boolean;
}

export interface Output {
  readonly match: RegExp;
  readonly plugin: string;
  readonly options: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Section {
  readonly kind: string;
  readonly argument: string;
  readonly lines: [string, string][];
}

export function fluentBitSettings(text: string, environment: Environment): RouterSettings {
  const filled = text.replace(/\$\{(\w+)\}/g, (_, name: string) => environment[name] ?? '');
  const sections: Section[] = [];
  for (const line of filled.split('\n')) {
    const head = /^\[(\w+)\]$/.exec(line)?.[1];
    if (head !== undefined) sections.push({ kind: head, argument: '', lines: [] });
    else if (line.startsWith(' ')) sections.at(-1)?.lines.push(wordAndRest(line));
  }
  const inputs = of(sections, 'INPUT');
  const filters = of(sections, 'FILTER');
  return {
    socketPath: value(
      inputs.find((input) => value(input, 'unix_path') !== ''),
      'unix_path',
    ),
    port: Number(
      value(
        inputs.find((input) => value(input, 'Port') !== '' && is(input, 'forward')),
        'Port',
      ),
    ),
    healthPort: Number(
      value(
        inputs.find((input) => is(input, 'tcp')),
        'Port',
      ),
    ),
    filters: filters
      .filter((filter) => is(filter, 'grep'))
      .map((filter) => {
        const keeps = value(filter, 'Regex') !== '';
        const [, pattern] = wordAndRest(value(filter, keeps ? 'Regex' : 'Exclude'));
        return { match: glob(value(filter, 'Match')), pattern: new RegExp(pattern), keeps };
      }),
    members: Object.fromEntries(
      filters.flatMap(({ lines }) =>
        lines.filter(([name]) => name === 'Record').map(([, member]) => wordAndRest(member)),
      ),
    ),
    outputs: of(sections, 'OUTPUT').map((output) => ({
      match: glob(value(output, 'Match')),
      plugin: value(output, 'Name'),
      options: Object.fromEntries(output.lines),
    })),
    includes: [...text.matchAll(/^@INCLUDE (.*)$/gm)].map(([, path = '']) => path),
  };
}

export function fluentdSettings(text: string, environment: Environment): RouterSettings {
  const filled = text.replace(/"#\{ENV\['(\w+)'\]\}"/g, (_, name: string) => environment[name] ?? '');
  const sections: Section[] = [];
  for (const line of filled.split('\n')) {
    const [, kind, argument = ''] = /^<(\w+) ?(.*)>$/.exec(line) ?? [];
    if (kind !== undefined) sections.push({ kind, argument, lines: [] });
    else if (line.startsWith(' ')) sections.at(-1)?.lines.push(wordAndRest(line));
  }
  const sources = of(sections, 'source');
  const filters = of(sections, 'filter');
  return {
    socketPath: value(
      sources.find((source) => is(source, 'unix')),
      'path',
    ),
    port: Number(
      value(
        sources.find((source) => is(source, 'forward')),
        'port',
      ),
    ),
    healthPort: undefined,
    filters: filters
      .filter((filter) => is(filter, 'grep'))
      .map((filter) => ({
        match: glob(filter.argument),
        pattern: new RegExp(value(filter, 'pattern').replace(/^\/|\/$/g, '')),
        keeps: filter.lines.some(([word]) => word === '<regexp>'),
      })),
    members: Object.fromEntries(
      filters
        .filter((filter) => is(filter, 'record_transformer'))
        .flatMap(({ lines }) => lines.filter(([name]) => !/^[@<]/.test(name))),
    ),
    outputs: of(sections, 'match').map((output) => ({
      match: glob(output.argument),
      plugin: value(output, '@type'),
      options: Object.fromEntries(output.lines),
    })),
    includes: [...text.matchAll(/^@include (.*)$/gm)].map(([, path = '']) => path),
  };
}

function of(sections: readonly Section[], kind: string): Section[] {
  return sections.filter((section) => section.kind === kind);
}

function is(section: Section, plugin: string): boolean {
  return section.lines.some(([name, given]) => /^(Name|@type)$/.test(name) && given === plugin);
}

function value(section: Section | undefined, name: string): string {
  return section?.lines.find(([given]) => given === name)?.[1] ?? '';
}

function wordAndRest(text: string): [string, string] {
  const [, word = '', rest = ''] = /^\s*(\S*)\s?(.*)$/.exec(text) ?? [];
  return [word, rest];
}

function glob(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.+?^$()[\]{}|\\]/g, '\\$&').replace(/\*+/g, '.*')}$`);
}
