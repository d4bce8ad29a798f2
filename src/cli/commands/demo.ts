import { type Command, CommandError } from '../command.ts';

/** `neargate demo` */
export const demo: Command = {
  description: 'Runs a sample task from beginning to end.',
  flags: [],
  settings: 'none',
  examples: [{ command: 'npm run demo', does: 'set-up and demo' }],
  async run() {
    throw new CommandError('not there yet');
  },
};
