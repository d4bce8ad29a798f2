import { createInterface } from 'node:readline/promises';
import { type Command, type CommandContext, CommandError, textFlag, UsageError } from '../command.ts';
import { installPackages } from '../setup/apt.ts';
import { type DebianPackage, missingPackages, PURPOSES, type Purpose } from '../setup/debian-packages.ts';
import { hasPrograms } from '../setup/host-programs.ts';

/** `neargate setup` */
export const setup: Command = {
  description:
    'Installs the Debian packages with programs that Neargate needs and that are missing. Names them first, each with ' +
    'what it is for, and asks. Services that the packages bring are not started. Exit status 0 when nothing is missing ' +
    'afterwards.',
  flags: [
    {
      name: 'for',
      kind: 'value',
      placeholder: PURPOSES.join('|'),
      doc: 'What they are needed for: running tasks, also the demo, also the tests of the project; its test:package, its test:vm.',
      fallback: 'run',
    },
    { name: 'yes', kind: 'switch', doc: 'Do not ask.' },
    { name: 'dry-run', kind: 'switch', doc: 'Only name them.' },
  ],
  settings: 'none',
  examples: [
    { command: 'sudo neargate setup', does: 'what tasks need' },
    { command: 'sudo neargate setup --for demo --yes', does: 'what the demo needs, unasked' },
  ],
  async run(context) {
    const { out, flags } = context;
    const purpose = purposeOf(flags['for'] === undefined ? 'run' : textFlag(flags, 'for'));
    const missing = missingPackages(purpose);
    if (missing.length === 0) {
      out.write('Nothing is missing.\n');
      return 0;
    }
    out.write('These programs are missing; the Debian packages that hold them:\n');
    for (const entry of missing) out.write(`  ${entry.name.padEnd(16)} ${entry.for}\n`);
    if (flags['dry-run'] === true) return 1;
    if (!hasPrograms('apt-get')) {
      throw new CommandError('There is no apt-get on this system: install them by other means.');
    }
    if (!(flags['yes'] === true || (await agreed(context)))) throw new CommandError(stillMissing(missing));
    const names = missing.map(({ name }) => name);
    out.write(`Installing ${names.join(', ')} …\n`);
    installPackages(names);
    const still = missingPackages(purpose);
    if (still.length > 0) throw new CommandError(stillMissing(still));
    return 0;
  },
};

function purposeOf(word: string | undefined): Purpose {
  const purpose = PURPOSES.find((each) => each === word);
  if (purpose === undefined) throw new UsageError(`--for is one of ${PURPOSES.join(', ')}.`);
  return purpose;
}

async function agreed({ out, signal }: CommandContext): Promise<boolean> {
  if (!process.stdin.isTTY || !out.isTerminal) {
    throw new CommandError('There is no terminal to ask on: --yes installs them unasked.');
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const answer = await terminal.question('Install them with apt-get now? [Y/n] ', { signal });
    return /^(y|yes|)$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function stillMissing(packages: readonly DebianPackage[]): string {
  const names = packages.map(({ name }) => name);
  return `Still missing: ${names.join(', ')}. To install them: sudo apt-get install ${names.join(' ')}`;
}
