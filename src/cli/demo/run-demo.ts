/** The demo from beginning to end. Whatever happens on the way, what it has made is removed. */
import type { Task } from '@aws-sdk/client-ecs';
import { join } from 'node:path';
import { pause } from '../api-client.ts';
import { type CommandContext, CommandError, textFlag } from '../command.ts';
import { pushImage } from '../sample-image/push.ts';
import { buildSampleImage, SAMPLE_IMAGE_NAME, SAMPLE_PAGE, SAMPLE_PORT } from '../sample-image/sample.ts';
import { taskAddress } from '../tasks.ts';
import { CLIENT, DemoTask, WEB } from './demo-task.ts';
import { startRegistry } from './local-registry.ts';
import { type DemoPlatform, makeDataDir, removeAbandoned, startPlatform } from './platform.ts';
import { Stage } from './stage.ts';
import { countTraces, findTraces, TRACE_KINDS, type Traces, type TraceSearch } from './traces.ts';

const TAG = 'demo';
const LOGS_MS = 15_000;
const LOGS_POLL_MS = 100;
const CONTAINERD_SOCKET = 'containerd/c.sock';

interface Undo {
  readonly title: string;
  readonly run: () => Promise<void>;
}

/** Fails with a CommandError that says what was not true. */
export async function runDemo(context: CommandContext): Promise<void> {
  const { out, program, signal, flags } = context;
  const stage = new Stage(out);
  // What was made last is removed first.
  const undo: Undo[] = [];
  stage.write('Neargate demo: one Fargate task from beginning to end.\n\n');
  for (const directory of await removeAbandoned(program))
    stage.write(`Removed ${directory} of an earlier demo.\n`);
  let marks: string[] = [];
  try {
    const dataDir = await makeDataDir();
    marks = [dataDir];
    const platform = await stage.step('Start Neargate with a temporary data directory', async (tell) => {
      const started = await startPlatform(dataDir, program, signal);
      tell(`${started.info.endpoint}, region ${started.info.region}, account ${started.info.account}`);
      tell(dataDir);
      return started;
    });
    undo.push({
      title: 'End Neargate and its containerd, remove its data directory',
      run: () => platform.close(),
    });
    const image = await stage.step('Start a registry, build the sample image and push it', async (tell) => {
      const registry = await startRegistry(join(dataDir, 'registry'), signal);
      undo.push({ title: 'End the registry', run: () => registry.close() });
      const reference = `${registry.host}/${SAMPLE_IMAGE_NAME}:${TAG}`;
      tell(`${reference} ${await pushSample(registry.host, textFlag(flags, 'busybox'), signal)}`);
      return reference;
    });
    marks.push(...(await playTask(platform, image, stage, signal)));
  } finally {
    await closeAll(undo.reverse(), stage);
  }
  await stage.step('Nothing of Neargate is left on this machine', async (tell) => {
    showTraces(await findTraces({ marks, directories: ['/var/lib', '/run'] }), tell);
  });
  stage.write('\nAll of it was true.\n');
}

/** One that fails keeps none from being tried. */
async function closeAll(undo: readonly Undo[], stage: Stage): Promise<void> {
  const failures: unknown[] = [];
  for (const { title, run } of undo) {
    await stage.step(title, run).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function pushSample(host: string, busybox = '/bin/busybox', signal?: AbortSignal): Promise<string> {
  const image = await buildSampleImage(busybox);
  const target = { registryUrl: `http://${host}`, repository: SAMPLE_IMAGE_NAME, tag: TAG };
  return (await pushImage(image, target, signal)).digest;
}

/** Resolves with the marks of this Neargate's instance that the task's traces show. */
async function playTask(
  platform: DemoPlatform,
  image: string,
  stage: Stage,
  signal: AbortSignal,
): Promise<string[]> {
  const task = new DemoTask(platform.info, signal);
  try {
    await stage.step('Create a cluster, a log group and a task definition', async (tell) => {
      for (const line of await task.prepare(image)) tell(line);
    });
    const running = await stage.step('Run the task', (tell) => runTask(task, tell));
    await stage.step('The client fetches from the web server over localhost, and exits', async (tell) => {
      tell(await clientExit(task));
    });
    await stage.step('Its private address answers from this host', async (tell) => {
      tell(await askAddress(running, signal));
    });
    await stage.step('Its logs, as CloudWatch Logs returns them', (tell) => showLogs(task, tell, signal));
    const search = {
      marks: [task.id],
      directories: [platform.dataDir],
      containerdSocket: join(platform.dataDir, CONTAINERD_SOCKET),
    };
    const tag = await stage.step('What it has on this machine', (tell) => showFootprint(search, tell));
    await stage.step('Stop the task', (tell) => stopTask(task, tell));
    await stage.step('Nothing of the task is left on this machine', async (tell) => {
      showTraces(await findTraces(withVpcs(search, tag)), tell);
    });
    return [`ng-${tag}-`, `neargate-${tag}`, `neargate_${tag}`];
  } catch (error) {
    await task.abandon();
    throw error;
  } finally {
    task.close();
  }
}

/** Tells each state as it comes; on the way up or down. */
function stateTeller(tell: (line: string) => void): (task: Task) => void {
  const start = performance.now();
  let last = '';
  return ({ lastStatus = '' }) => {
    if (lastStatus === last) return;
    last = lastStatus;
    tell(`${`+${(performance.now() - start).toFixed(0)} ms`.padStart(9)}  ${lastStatus}`);
  };
}

async function runTask(task: DemoTask, tell: (line: string) => void): Promise<Task> {
  const see = stateTeller(tell);
  see(await task.run());
  const running = await task.until(({ lastStatus }) => lastStatus === 'RUNNING', see);
  tell(`${running.taskArn} on ${running.platformFamily} ${running.platformVersion}`);
  tell(timeline(running));
  return running;
}

/** Times as DescribeTasks has them, since the task was created. */
function timeline(task: Task): string {
  const start = task.createdAt?.getTime() ?? 0;
  const names = [
    'createdAt',
    'connectivityAt',
    'pullStartedAt',
    'pullStoppedAt',
    'startedAt',
    'stoppingAt',
    'executionStoppedAt',
    'stoppedAt',
  ] as const;
  return names
    .map((name) => ({ name, time: task[name]?.getTime() }))
    .filter(({ time }) => time !== undefined)
    .map(({ name, time = 0 }) => `${name} +${time - start} ms`)
    .join(', ');
}

async function clientExit(task: DemoTask): Promise<string> {
  const clientOf = ({ containers = [] }: Task) => containers.find(({ name }) => name === CLIENT);
  const after = await task.until(
    (seen) => clientOf(seen)?.lastStatus === 'STOPPED',
    () => undefined,
  );
  const exitCode = clientOf(after)?.exitCode;
  if (exitCode !== 0) throw new CommandError(`The client's exit code is ${exitCode}, not 0.`);
  if (after.lastStatus !== 'RUNNING') throw new CommandError(`The task is ${after.lastStatus}, not RUNNING.`);
  return 'client: exit code 0; the task goes on RUNNING';
}

async function askAddress(running: Task, signal: AbortSignal): Promise<string> {
  const address = taskAddress(running);
  if (address === undefined) throw new CommandError('DescribeTasks shows no private address.');
  const url = `http://${address}:${SAMPLE_PORT}/`;
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
  const page = await response.text();
  if (page !== SAMPLE_PAGE) throw new CommandError(`GET ${url} answered ${response.status}: ${page}`);
  return `GET ${url} -> ${response.status} ${page.split('\n').at(-2) ?? ''}`;
}

/** The end of what the client wrote is the last thing to come. */
async function showLogs(task: DemoTask, tell: (line: string) => void, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LOGS_MS;
  for (;;) {
    const [web, client] = await Promise.all([task.logLines(WEB), task.logLines(CLIENT)]);
    const complete =
      client.some((line) => line.includes('eth1')) && client.some((line) => line.startsWith('fetched'));
    if (complete && web.length > 0) {
      for (const line of web) tell(`${WEB.padEnd(6)} | ${line}`);
      for (const line of client) tell(`${CLIENT.padEnd(6)} | ${line}`);
      return;
    }
    if (performance.now() > deadline) {
      throw new CommandError(`CloudWatch Logs has only: ${JSON.stringify({ web, client })}`);
    }
    await pause(LOGS_POLL_MS, signal);
    signal.throwIfAborted();
  }
}

/** Resolves with the tag that all names of this instance carry. */
async function showFootprint(search: TraceSearch, tell: (line: string) => void): Promise<string> {
  const [namespace = ''] = (await findTraces(search))['network namespaces'];
  const tag = /^ng-([0-9a-f]+)-/.exec(namespace)?.[1];
  if (tag === undefined) throw new CommandError('The running task has no network namespace.');
  const traces = await findTraces(withVpcs(search, tag));
  for (const kind of TRACE_KINDS) {
    if (traces[kind].length > 0) tell(`${String(traces[kind].length).padStart(3)} ${kind}`);
  }
  if (traces.processes.length === 0) throw new CommandError('The running task has no process.');
  return tag;
}

/** The task's interface in its VPC's namespace counts too. */
function withVpcs(search: TraceSearch, tag: string): TraceSearch {
  return { ...search, vpcNamespaces: [`ng-${tag}-vpc-`] };
}

function showTraces(traces: Traces, tell: (line: string) => void): void {
  for (const kind of TRACE_KINDS) for (const trace of traces[kind]) tell(`left: ${kind}: ${trace}`);
  const left = countTraces(traces);
  if (left > 0) throw new CommandError(`${left} things are left on this machine.`);
  tell(`0 ${TRACE_KINDS.join(', ')}`);
}

async function stopTask(task: DemoTask, tell: (line: string) => void): Promise<void> {
  const see = stateTeller(tell);
  await task.stop();
  const stopped = await task.until(({ lastStatus }) => lastStatus === 'STOPPED', see);
  tell(`${stopped.stopCode}: ${stopped.stoppedReason}`);
  for (const { name, exitCode } of stopped.containers ?? []) tell(`${name}: exit code ${exitCode}`);
  tell(timeline(stopped));
  if (stopped.stopCode !== 'UserInitiated') throw new CommandError(`Its stop code is ${stopped.stopCode}.`);
}
