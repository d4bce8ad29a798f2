import type { Command } from '../command.ts';

/** `neargate version` */
export const version: Command = {
  description: 'Prints the version.',
  flags: [],
  settings: 'none',
  examples: [{ command: 'neargate version', does: 'which version is this?' }],
  async run({ out, program }) {
    out.write(`${program.version}\n`);
    return 0;
  },
};
