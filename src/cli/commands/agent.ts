import { type Command, textFlag, UsageError } from '../command.ts';

/** `neargate agent` */
export const agent: Command = {
  description:
    'Runs tasks on this machine for a control plane. `neargate up` starts one and keeps it running.',
  flags: [
    {
      name: 'effective-config',
      kind: 'value',
      placeholder: 'FILE',
      doc: 'The settings as up has put them together.',
    },
  ],
  settings: 'none',
  examples: [{ command: 'sudo neargate up', does: 'starts an agent too' }],
  async run({ flags, program, signal }) {
    const file = textFlag(flags, 'effective-config');
    if (file === undefined) throw new UsageError("An agent is started by 'neargate up'.");
    await program.agent(file, signal);
    return 0;
  },
};
