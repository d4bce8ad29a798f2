/** A router's configuration in the classic language of Fluent Bit. */
import type { Options, RouterConfig } from './router-config.ts';

/** The member of a record that is a line of output. */
const LINE = 'log';

export function fluentBitConfig(config: RouterConfig): string {
  const { metadata, ownFile } = config;
  const sections = [
    ...config.sources.map(({ plugin, tag, options }) =>
      section('INPUT', [['Name', plugin], ...(tag === undefined ? [] : [['Tag', tag] as const]), ...options]),
    ),
    ...config.includes.map(({ match, pattern }) => grep(match, 'Regex', pattern)),
    ...config.excludes.map(({ match, pattern }) => grep(match, 'Exclude', pattern)),
    ...(metadata === undefined
      ? []
      : [
          section('FILTER', [
            ['Name', 'record_modifier'],
            ['Match', metadata.match],
            ...metadata.members.map(([name, value]) => ['Record', `${name} ${value}`] as const),
          ]),
        ]),
    ...(ownFile === undefined ? [] : [`@INCLUDE ${ownFile}\n`]),
    ...config.outputs.map(({ plugin, match, options }) =>
      section('OUTPUT', [['Name', plugin], ['Match', match], ...options]),
    ),
  ];
  return sections.join('\n');
}

function grep(match: string, how: 'Regex' | 'Exclude', pattern: string): string {
  return section('FILTER', [
    ['Name', 'grep'],
    ['Match', match],
    [how, `${LINE} ${pattern}`],
  ]);
}

function section(kind: string, options: Options): string {
  return `[${kind}]\n${options.map(([name, value]) => `    ${name} ${value}\n`).join('')}`;
}
