import { setTimeout as sleep } from 'node:timers/promises';
import { StopTask$, type StopTaskRequest } from '@aws-sdk/client-ecs';
import { type Api, pause, withApi } from '../api-client.ts';
import { type Command, type CommandContext, CommandError } from '../command.ts';
import { findRunning, type RunningInstance } from '../running-instance.ts';
import { listTasks } from '../tasks.ts';

/** As long as systemd waits for the service: the agent, a registry and what is still to be written have their own times. */
const END_MS = 30_000;
const POLL_MS = 50;
/** The longest stopTimeout that Fargate allows is 120 s; then there is the network to take down. */
const TASKS_MS = 150_000;
const TASKS_POLL_MS = 250;
const STOP_REASON = 'neargate down --tasks';

/** `neargate down` */
export const down: Command = {
  description:
    'Stops Neargate: its endpoint and its agent. Tasks and the private containerd go on running, and the next up takes ' +
    'them over. With --tasks, tasks are stopped first, and nothing is left running or mounted.',
  flags: [{ name: 'tasks', kind: 'switch', doc: 'Stop all tasks too, and the private containerd.' }],
  settings: 'instance',
  examples: [
    { command: 'sudo neargate down', does: 'stop Neargate, leave tasks running' },
    { command: 'sudo neargate down --tasks', does: 'stop everything' },
  ],
  async run(context) {
    const { flags, out, program } = context;
    const withTasks = flags['tasks'] === true;
    const running = await findRunning(context);
    if (running !== undefined) {
      if (withTasks) await withApi(running.info, (api) => stopTasks(api, context));
      const left = withTasks ? 0 : await withApi(running.info, countTasks);
      await end(running, context);
      out.write(`Neargate has stopped (process ${running.pid}).\n`);
      if (!withTasks) out.write(whatGoesOn(left));
    } else {
      out.write(`No Neargate runs on ${program.settings(flags).dataDir}.\n`);
    }
    if (withTasks) {
      await program.cleanUp(flags, STOP_REASON);
      out.write('No task and no containerd of Neargate runs any more. What is stored is kept.\n');
    }
    return 0;
  },
};

function whatGoesOn(tasks: number): string {
  const words = tasks === 0 ? 'No task runs. The' : `${tasks === 1 ? 'One task' : `${tasks} tasks`} and the`;
  return `${words} private containerd ${tasks === 0 ? 'goes' : 'go'} on running; 'neargate up' takes over, 'neargate down --tasks' ends all.\n`;
}

async function countTasks(api: Api): Promise<number> {
  // An endpoint that answers no more must not keep us from stopping it.
  const tasks = await listTasks(api, AbortSignal.timeout(5000)).catch(() => []);
  return tasks.filter(({ lastStatus }) => lastStatus !== 'STOPPED').length;
}

async function stopTasks(api: Api, { out, signal }: CommandContext): Promise<void> {
  const deadline = performance.now() + TASKS_MS;
  const asked = new Set<string>();
  for (let shown = -1; !signal.aborted; await pause(TASKS_POLL_MS, signal)) {
    const tasks = (await listTasks(api, signal)).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
    if (tasks.length === 0) return;
    const fresh = tasks.filter(({ taskArn }) => !asked.has(taskArn ?? ''));
    await Promise.all(
      fresh.map(async ({ taskArn = '', clusterArn }) => {
        const input = { cluster: clusterArn, task: taskArn, reason: STOP_REASON };
        await api.ecs.call<StopTaskRequest, object>(StopTask$, input, signal);
        asked.add(taskArn);
      }),
    );
    if (tasks.length !== shown)
      out.write(`Stopping ${tasks.length === 1 ? 'one task' : `${tasks.length} tasks`} …\n`);
    shown = tasks.length;
    if (performance.now() > deadline) {
      throw new CommandError(`${tasks.length} tasks have not stopped within ${TASKS_MS / 1000} s.`);
    }
  }
  throw new CommandError('Interrupted.');
}

/** It is not our child, so its end has no event. */
async function end({ pid, startTime }: RunningInstance, { program }: CommandContext): Promise<void> {
  const lives = (): boolean => program.processStartTime(pid) === startTime;
  const deadline = performance.now() + END_MS;
  if (lives()) process.kill(pid, 'SIGTERM');
  while (lives()) {
    if (performance.now() > deadline) {
      throw new CommandError(
        `Process ${pid} has not ended within ${END_MS / 1000} s; 'kill -9 ${pid}' ends it.`,
      );
    }
    await sleep(POLL_MS);
  }
}
