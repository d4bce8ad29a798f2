import type { Task } from '@aws-sdk/client-ecs';
import { type Api, pause, withApi } from '../api-client.ts';
import { type Command, type CommandContext, CommandError, textFlag } from '../command.ts';
import { listPulls, pullOf, pullWords } from '../pulls.ts';
import { requireRunning } from '../running-instance.ts';
import { type LogLine, LogReader, type LogSource, logSources } from '../task-logs.ts';
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
    const { info } = await requireRunning(context);
    await withApi(info, (api) => showLogs(api, context));
    return 0;
  },
};

async function showLogs(api: Api, context: CommandContext): Promise<void> {
  const { flags, operands, signal } = context;
  const task = findTask(await listTasks(api, signal), operands[0] ?? '');
  const sources = await wantedSources(api, task, context);
  const reader = new LogReader(api, sources);
  const show = (lines: readonly LogLine[]): void => print(lines, context, sources.length > 1);
  show(await reader.read(signal));
  const waiting = pullTeller(api, task, context);
  for (let stopped = flags['follow'] !== true; !stopped; ) {
    await pause(FOLLOW_EVERY_MS, signal);
    if (signal.aborted) return;
    await waiting();
    // First the state, then the lines: what was written before the end is then read after it.
    const tasks = await listClusterTasks(api, task.clusterArn ?? '', signal);
    stopped = tasks.every(({ taskArn, lastStatus }) => taskArn !== task.taskArn || lastStatus === 'STOPPED');
    show(await reader.read(signal));
  }
}

/** Says, where people look and not among the lines, how far the images are that the task's containers wait for. */
function pullTeller(api: Api, task: Task, { err, signal }: CommandContext): () => Promise<void> {
  let last = '';
  return async () => {
    const pulls = await listPulls(api, signal);
    const words = (task.containers ?? []).flatMap(({ name, image }) => {
      const pull = pullOf(pulls, task.taskArn, image);
      return pull === undefined ? [] : [`${name}: ${pullWords(pull)}`];
    });
    const said = words.join(', ');
    if (said !== '' && said !== last) err.write(`${said}\n`);
    last = said;
  };
}

async function wantedSources(api: Api, task: Task, { flags, signal }: CommandContext): Promise<LogSource[]> {
  const wanted = textFlag(flags, 'container');
  const sources = await logSources(api, task, signal);
  const found = sources.filter(({ container }) => wanted === undefined || container === wanted);
  if (found.length > 0) return found;
  throw new CommandError(
    `${wanted === undefined ? 'No container of this task' : `No container ${wanted}`} logs with awslogs.`,
  );
}

function print(lines: readonly LogLine[], { out, flags }: CommandContext, named: boolean): void {
  for (const { container, timestamp, message } of lines) {
    const time = flags['timestamps'] === true ? `${new Date(timestamp).toISOString()} ` : '';
    out.write(`${time}${named ? `${container} | ` : ''}${message}\n`);
  }
}
