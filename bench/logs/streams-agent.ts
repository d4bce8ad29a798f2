/**
 * The part of an agent that sees to logs, in a process of its own: so many containers that write at once, each with a
 * connection of its own to the services, TLS included, as tasks have them. Says as JSON what memory that took.
 */
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openServiceClient } from '../../src/agent/aws/service-client.ts';
import { createTaskLogs } from '../../src/agent/logs/file-task-logs.ts';
import { logsClientOf } from '../../src/agent/logs/logs-client.ts';
import type { TaskLogs } from '../../src/agent/logs/task-logs.ts';
import { Re2LinePatterns } from '../../src/drivers/line-patterns-re2/re2-line-patterns.ts';
import { systemClock } from '../../src/drivers/system/system-clock.ts';
import { readAgentConfig } from '../../src/main/agent/agent-config.ts';
import { serviceAccess } from '../../src/main/agent/machine-network.ts';
import { dataDir } from '../../src/main/data-dir.ts';
import type { Dialer } from '../../src/ports/dialer.ts';
import { serviceLine } from '../../src/wire/front-door/service-socket.ts';
import { aContainer, anAssignment } from '../../test/support/agent/assignments.ts';
import { silentLogger } from '../../test/support/agent/silent-logger.ts';
import { someContainerLogs } from '../../test/support/logs/container-logs.ts';

const LINE = `${'a line of a task '.repeat(6)}\n`;
/** Each container writes in so many pieces. */
const PIECES = 8;
/** Any of the services' will do: the connection goes straight to the control plane's socket. */
const SERVICE = { service: 'logs', secureAt: '198.18.0.10' };
const CONTAINER = 'writer';

const { values } = parseArgs({
  options: {
    'data-dir': { type: 'string', default: '' },
    region: { type: 'string', default: '' },
    'access-key-id': { type: 'string', default: '' },
    group: { type: 'string', default: '' },
    streams: { type: 'string', default: '1' },
    kibibytes: { type: 'string', default: '1' },
  },
});

const written = { events: 0 };
const delivered = { events: 0, lost: 0 };

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-streams-'));
  const logs = await makeLogs(directory);
  try {
    const atRest = await memoryMiB('VmRSS');
    const tasks = Array.from({ length: Number(values.streams) }, (_, index) => String(index));
    for (const taskId of tasks) await open(logs, taskId);
    const opened = await memoryMiB('VmRSS');
    const begin = performance.now();
    for (let piece = 0; piece < PIECES; piece += 1) for (const taskId of tasks) await write(logs, taskId);
    while (delivered.events + delivered.lost < written.events) await delay(50);
    const seconds = (performance.now() - begin) / 1_000;
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    const most = await memoryMiB('VmHWM');
    console.log(JSON.stringify({ atRest, opened, most, seconds, cpuSeconds, lost: delivered.lost }));
  } finally {
    await logs.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function makeLogs(directory: string): Promise<TaskLogs> {
  const { serviceSocket, agentConfigFile } = dataDir({ dataDir: values['data-dir'], runtimeDir: undefined });
  const access = serviceAccess(await readAgentConfig(agentConfigFile));
  const dialer: Dialer = {
    async connect() {
      const socket = connect(serviceSocket);
      await once(socket, 'connect');
      socket.write(serviceLine(SERVICE));
      return socket;
    },
  };
  const secretAccessKey = process.env['BENCH_SECRET_KEY'] ?? '';
  const key = { accessKeyId: values['access-key-id'], secretAccessKey };
  const service = { hostPrefix: 'logs', signingName: 'logs', targetPrefix: 'Logs_20140328' };
  const client = { ...service, region: values.region, credentials: async () => key, dialer };
  return createTaskLogs({
    ...{ directory, clock: systemClock, logger: silentLogger, patterns: new Re2LinePatterns() },
    logsClient: () => logsClientOf(openServiceClient(access, client)),
    credentials: () => Promise.reject(new Error('the client has its own')),
    network: { dialer: () => dialer },
    punchHole: () => undefined,
    observer: {
      delivered: ({ events }) => void (delivered.events += events),
      lost: (_reason, { events }) => void (delivered.lost += events),
    },
  });
}

async function open(logs: TaskLogs, taskId: string): Promise<void> {
  const options = { 'awslogs-group': values.group, 'awslogs-stream-prefix': 'bench', mode: 'blocking' };
  const container = aContainer(CONTAINER, { logConfiguration: { logDriver: 'awslogs', options } });
  const assignment = anAssignment([container], { taskId, region: values.region });
  await logs.open(someContainerLogs(assignment, container), new AbortController().signal);
}

async function write(logs: TaskLogs, taskId: string): Promise<void> {
  const lines = Math.ceil((Number(values.kibibytes) * 1_024) / PIECES / LINE.length);
  written.events += lines;
  await appendFile(logs.outputPaths(taskId, CONTAINER).stdoutPath, LINE.repeat(lines));
}

async function memoryMiB(name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
}

await main();
