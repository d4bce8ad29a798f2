import { rm } from 'node:fs/promises';
import { type Command, type CommandContext, CommandError } from '../command.ts';
import type { ReadyInfo } from '../ready-info.ts';
import { findRunning } from '../running-instance.ts';

/** `neargate up` */
export const up: Command = {
  description:
    'Starts the AWS endpoint, the agent that runs tasks and a private containerd, and stays in the foreground. ' +
    'Ctrl-C or SIGTERM ends it within 5 seconds; tasks go on running, and the next up takes them over.',
  flags: [],
  settings: 'all',
  examples: [
    { command: 'sudo neargate up', does: 'listen on 127.0.0.1:4580, keep data in /var/lib/neargate' },
    { command: 'sudo neargate up --open', does: 'take any access key (loopback only)' },
    {
      command: 'sudo neargate up --data-dir /srv/ng --listen 127.0.0.1:0 --ready-file /tmp/ready.json',
      does: 'on a free port, told in a file when ready',
    },
    {
      command: 'neargate up --fake --data-dir /tmp/ng',
      does: 'without root: the APIs, and tasks that only pretend',
    },
  ],
  async run(context) {
    const { program, signal, flags } = context;
    const settings = program.settings(flags);
    if (!settings.fake && process.getuid?.() !== 0) {
      throw new CommandError(
        'Running tasks needs root. Use sudo, or --fake for tasks that only pretend to run.',
      );
    }
    const running = await findRunning(context);
    if (running !== undefined) {
      throw new CommandError(
        `Neargate already runs on ${settings.dataDir}: process ${running.pid}, ${running.info.endpoint}.`,
      );
    }
    const { readyFile } = settings;
    try {
      // One that an earlier run left behind would tell waiting programs that this one is ready.
      if (readyFile !== undefined) await rm(readyFile, { force: true });
      await program.up(flags, { onReady: (info) => greet(context, info) }, signal);
    } finally {
      if (readyFile !== undefined) await rm(readyFile, { force: true });
    }
    return 0;
  },
};

/** Without a terminal the log lines say all that a program needs. */
function greet({ out }: CommandContext, info: ReadyInfo): void {
  if (!out.isTerminal) return;
  out.write(`
Neargate ${info.version} is ready.

  endpoint  ${info.endpoint}
  region    ${info.region}
  keys      ${info.dataDir}/credentials (profile neargate)
  subnets   ${info.defaultVpc.subnets.map(({ subnetId }) => subnetId).join(' ')}

In another terminal:

  export AWS_SHARED_CREDENTIALS_FILE=${info.dataDir}/credentials AWS_PROFILE=neargate AWS_DEFAULT_REGION=${info.region}
  aws --endpoint-url ${info.endpoint} ecs create-cluster --cluster-name demo

`);
}
