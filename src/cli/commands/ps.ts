import type { Container, Task } from '@aws-sdk/client-ecs';
import { withApi } from '../api-client.ts';
import type { Command } from '../command.ts';
import { requireRunning } from '../running-instance.ts';
import { listPulls, pullOf, pullWords, type PullView } from '../pulls.ts';
import { formatTable } from '../table.ts';
import { listTasks, shortName, taskAddress } from '../tasks.ts';

/** `neargate ps` */
export const ps: Command = {
  description: 'Lists tasks with their states, addresses and containers.',
  flags: [
    {
      name: 'all',
      short: 'a',
      kind: 'switch',
      doc: 'Also tasks that have stopped (they are shown for an hour).',
    },
    { name: 'json', kind: 'switch', doc: "As JSON, with the members of ECS's DescribeTasks." },
  ],
  settings: 'instance',
  examples: [
    { command: 'sudo neargate ps', does: 'what runs now' },
    { command: 'sudo neargate ps --all', does: 'and what ran, with exit codes' },
  ],
  async run(context) {
    const { info } = await requireRunning(context);
    const [tasks, pulls] = await withApi(info, (api) =>
      Promise.all([listTasks(api, context.signal), listPulls(api, context.signal)]),
    );
    const shown = tasks.filter((task) => context.flags['all'] === true || task.lastStatus !== 'STOPPED');
    const text =
      context.flags['json'] === true
        ? `${JSON.stringify(shown, undefined, 2)}\n`
        : taskTable(shown, pulls, Date.now());
    context.out.write(text);
    return 0;
  },
};

export function taskTable(tasks: readonly Task[], pulls: readonly PullView[], nowMs: number): string {
  const header = ['TASK', 'CLUSTER', 'DEFINITION', 'STATUS', 'ADDRESS', 'AGE', 'CONTAINERS'];
  const rows = tasks.map((task) => [
    shortName(task.taskArn),
    shortName(task.clusterArn),
    shortName(task.taskDefinitionArn),
    task.lastStatus ?? '',
    taskAddress(task) ?? '-',
    age((nowMs - (task.createdAt?.getTime() ?? nowMs)) / 1000),
    (task.containers ?? [])
      .map((container) => containerWords(container, pullOf(pulls, task.taskArn, container.image)))
      .join(', '),
  ]);
  return formatTable([header, ...rows]);
}

function containerWords({ name, lastStatus = '', exitCode }: Container, pull?: PullView): string {
  if (pull !== undefined && lastStatus === 'PENDING') return `${name} ${pullWords(pull)}`;
  return exitCode === undefined ? `${name} ${lastStatus.toLowerCase()}` : `${name} exited ${exitCode}`;
}

function age(seconds: number): string {
  if (seconds < 120) return `${Math.max(0, Math.round(seconds))}s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)}h` : `${Math.round(seconds / 86_400)}d`;
}
