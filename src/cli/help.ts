/** Help texts: of the program and of each command. */
import type { Command, CommandEntry, FlagSpec } from './command.ts';

const WIDEST_COLUMN = 34;

export function programHelp(commands: readonly CommandEntry[]): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  return [
    'Neargate runs AWS Fargate tasks on this machine, behind the AWS APIs.',
    '',
    'Usage: neargate <command> [flags]',
    '',
    'Commands:',
    ...shown.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`),
    `  ${'help'.padEnd(9)} show this text, or that of a command`,
    '',
    'Examples:',
    '  neargate demo              see a Fargate task run from beginning to end',
    '  neargate up                start; then use aws --endpoint-url http://127.0.0.1:4580',
    '  neargate <command> --help  flags and examples of a command',
    '',
  ].join('\n');
}

/** `settings` are the flags of settings that the command takes. */
export function commandHelp(
  name: string,
  command: Command,
  settings: readonly FlagSpec[],
  width: number,
): string {
  const operands = command.operands === undefined ? '' : ` ${command.operands.usage}`;
  return [
    `Usage: neargate ${name}${operands} [flags]`,
    '',
    ...wrap(command.description, width),
    '',
    'Examples:',
    ...command.examples.flatMap(({ command: line, does }) => [`  # ${does}`, `  ${line}`]),
    '',
    'Flags:',
    ...flagLines(command.flags, width),
    ...(settings.length === 0
      ? []
      : ['', 'Settings (also as variables and in a settings file, see docs/config.md):']),
    ...flagLines(settings, width),
    '',
  ].join('\n');
}

function flagLines(specs: readonly FlagSpec[], width: number): string[] {
  const shown = specs.filter(({ hidden }) => hidden !== true);
  const names = shown.map(flagName);
  const column = Math.min(WIDEST_COLUMN, Math.max(...names.map((name) => name.length))) + 2;
  return shown.flatMap((spec, index) => {
    const name = names[index] ?? '';
    const fallback = spec.fallback === undefined ? '' : ` Default: ${spec.fallback.replaceAll('`', '')}.`;
    const lines = wrap(`${spec.doc.replaceAll('`', '')}${fallback}`, width - column - 2);
    const first = name.length + 2 <= column ? `  ${name.padEnd(column)}${lines.shift() ?? ''}` : `  ${name}`;
    return [first.trimEnd(), ...lines.map((line) => `  ${' '.repeat(column)}${line}`)];
  });
}

function flagName({ name, short, kind, placeholder }: FlagSpec): string {
  const letter = short === undefined ? '' : `-${short}, `;
  return kind === 'switch' ? `${letter}--${name}` : `${letter}--${name} ${placeholder ?? 'VALUE'}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > Math.max(width, 30)) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
