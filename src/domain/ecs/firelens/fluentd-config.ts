/** A router's configuration in the language of Fluentd. */
import type { Options, RouterConfig } from './router-config.ts';

/** The member of a record that is a line of output. */
const LINE = 'log';

export function fluentdConfig(config: RouterConfig): string {
  const { metadata, ownFile } = config;
  const sections = [
    ...config.sources.map(({ plugin, tag, options }) =>
      section('source', '', [
        ...lines([['@type', plugin]]),
        ...lines(tag === undefined ? [] : [['tag', tag]]),
        ...lines(options),
      ]),
    ),
    ...config.includes.map(({ match, pattern }) => grep(match, 'regexp', pattern)),
    ...config.excludes.map(({ match, pattern }) => grep(match, 'exclude', pattern)),
    ...(metadata === undefined
      ? []
      : [
          section('filter', metadata.match, [
            ...lines([['@type', 'record_transformer']]),
            '<record>',
            ...indented(lines(metadata.members)),
            '</record>',
          ]),
        ]),
    ...(ownFile === undefined ? [] : [`@include ${ownFile}\n`]),
    ...config.outputs.map(({ plugin, match, options }) =>
      section('match', match, lines([['@type', plugin], ...options])),
    ),
  ];
  return sections.join('\n');
}

/** A slash within the pattern needs no escape: the last one ends it. */
function grep(match: string, how: 'regexp' | 'exclude', pattern: string): string {
  return section('filter', match, [
    '@type grep',
    `<${how}>`,
    ...indented([`key ${LINE}`, `pattern /${pattern}/`]),
    `</${how}>`,
  ]);
}

function section(kind: string, argument: string, content: readonly string[]): string {
  const head = argument === '' ? kind : `${kind} ${argument}`;
  return [`<${head}>`, ...indented(content), `</${kind}>`, ''].join('\n');
}

function lines(options: Options): string[] {
  return options.map(([name, value]) => `${name} ${value}`);
}

function indented(content: readonly string[]): string[] {
  return content.map((line) => `    ${line}`);
}
