import { type Command, CommandError } from '../command.ts';
import { runDemo } from '../demo/run-demo.ts';

/** `neargate demo` */
export const demo: Command = {
  description:
    'Starts a Neargate of its own with a temporary data directory, pushes a small sample image to a registry on this ' +
    'machine, and over the AWS SDK runs a task of two containers from beginning to end: its states, its logs, its ' +
    'private address, its end. Then removes everything and shows that nothing is left. Exit status 0 when all of it ' +
    'was true.',
  flags: [
    {
      name: 'busybox',
      kind: 'value',
      placeholder: 'FILE',
      doc: 'The static busybox that the sample image is made of.',
      fallback: '/bin/busybox',
    },
  ],
  settings: 'none',
  examples: [
    { command: 'npm run demo', does: 'set-up and demo (as root)' },
    { command: 'sudo neargate demo | cat', does: 'plain lines, as for a log file' },
  ],
  async run(context) {
    if (process.getuid?.() !== 0) {
      throw new CommandError(
        "The demo runs real containers, which needs root: 'sudo npm run demo', or 'sudo bin/neargate demo'.",
      );
    }
    await runDemo(context);
    return 0;
  },
};
