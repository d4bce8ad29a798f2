import { ApiClient, pause } from '../api-client.ts';
import { type Command, type CommandContext, CommandError, textFlag } from '../command.ts';
import { requireRunning } from '../running-instance.ts';
import { type LogLine, LogReader, logSources } from '../task-logs.ts';
import { findTask, listClusterTasks, listTasks } from '../tasks.ts';

const FOLLOW_EVERY_MS = 500;

/** `neargate logs` */
export const logs: Command = {
  operands: { usage: '<task>', least: 1, most: 1 },
  description:
    "Shows what a task's containers wrote, as CloudWatch Logs has it. The task is given by its ARN, its id or the beginning of its id.",
  flags: [
    { name: 'follow', short: 'f', kind: 'switch', doc: 'Go on until the task has stopped.' },
    { name: 'container', kind: 'value', placeholder: 'NAME', doc: 'Only this container.' },
    { name: 'timestamps', short: 't', kind: 'switch', doc: 'Begin each line with its time.' },
  ],
  settings: 'instance',
  examples: [
    { command: 'sudo neargate logs 3f9c', does: 'the task whose id begins with 3f9c' },
    { command: 'sudo neargate logs 3f9c --follow --container web', does: 'watch one container' },
  ],
  async run(context) {
    const { signal } = context;
    const { info } = await requireRunning(context);
    const client = new ApiClient(info);
    const task = findTask(await listTasks(client, signal), context.operands[0] ?? '');
    const wanted = textFlag(context.flags, 'container');
    const sources = (await logSources(client, task, signal)).filter(
      ({ container }) => wanted === undefined || container === wanted,
    );
    if (sources.length === 0) {
      throw new CommandError(
        wanted === undefined
          ? 'No container of this task logs with awslogs.'
          : `No container ${wanted} logs with awslogs.`,
      );
    }
    const reader = new LogReader(client, sources);
    const show = (lines: readonly LogLine[]): void => print(lines, context, sources.length > 1);
    let stopped = context.flags['follow'] !== true;
    show(await reader.read(signal));
    while (!stopped && !signal.aborted) {
      await pause(FOLLOW_EVERY_MS, signal);
      if (signal.aborted) break;
      // First the state, then the lines: what was written before the end is then read after it.
      const tasks = await listClusterTasks(client, task.clusterArn, signal);
      stopped = tasks.every(
        ({ taskArn, lastStatus }) => taskArn !== task.taskArn || lastStatus === 'STOPPED',
      );
      show(await reader.read(signal));
    }
    return 0;
  },
};

function print(lines: readonly LogLine[], { out, flags }: CommandContext, named: boolean): void {
  for (const { container, timestamp, message } of lines) {
    const time = flags['timestamps'] === true ? `${new Date(timestamp).toISOString()} ` : '';
    out.write(`${time}${named ? `${container} | ` : ''}${message}\n`);
  }
}
