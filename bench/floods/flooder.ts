/**
 * A process that floods from within a task: its sockets are in the task's network namespace, and it is itself in the cgroups
 * of the task's container, so that it gets no more processor than the task has. Floods until it is killed, and not while it is
 * stopped.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { METADATA_ADDRESS } from '../../src/domain/metadata/routes.ts';
import { Namespaces } from '../../src/linux/namespace.ts';
import { bindUdp, connectTcp, type Within } from '../../src/linux/sockets.ts';

export interface FloodJob {
  /** `compute` floods nothing: it uses the processor that the task has. */
  readonly kind: 'metadata' | 'dns' | 'flows' | 'logs' | 'compute';
  readonly namespace: string;
  /** The VPC's resolver. */
  readonly resolver: string;
  /** Another task's address. */
  readonly neighbour: string;
}

const CONNECTIONS = 64;
const BURST = 200;
const LINES = 1000;

/** Of a process of the task's container. */
function containerPid(namespace: string): string {
  const [pid = ''] = execFileSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' }).split('\n');
  return pid;
}

/** With a container's processes, whichever version of cgroups the machine has. */
function joinContainer(pid: string): void {
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const folder of controllers === '' ? ['unified/', ''] : [`${controllers.replace('name=', '')}/`]) {
      try {
        writeFileSync(`/sys/fs/cgroup/${folder}${path}/cgroup.procs`, String(process.pid));
      } catch {
        // Not mounted here, or not for processes: others are.
      }
    }
  }
}

/** Asks as fast as answers come, over many connections, also for paths that are not there. */
async function floodMetadata(within: Within): Promise<void> {
  const lane = async (): Promise<void> => {
    for (;;) {
      try {
        const socket = await connectTcp(within, METADATA_ADDRESS, 80, AbortSignal.timeout(5_000));
        socket.on('error', () => undefined);
        const closed = once(socket, 'close');
        while (!socket.destroyed) {
          socket.write(`GET /v4/${randomBytes(4).toString('hex')} HTTP/1.1\r\nHost: x\r\n\r\n`);
          await Promise.race([once(socket, 'data'), closed]);
        }
      } catch {
        // Refused: once more.
      }
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

/** Sends as fast as the kernel takes it. */
async function floodDatagrams(
  within: Within,
  next: () => readonly [address: string, port: number, data: Buffer],
) {
  const socket = await bindUdp(within, '0.0.0.0', 0);
  socket.on('error', () => undefined);
  for (;;) {
    for (let sent = 0; sent < BURST; sent += 1) {
      const [address, port, data] = next();
      socket.send(data, port, address);
    }
    await new Promise(setImmediate);
  }
}

/** Writes what the container would, as fast as it is taken. */
function floodLogs(pid: string): void {
  const output = openSync(`/proc/${pid}/fd/1`, 'w');
  const lines = 'a line of a flood, which is as long as lines are\n'.repeat(LINES);
  for (;;) writeSync(output, lines);
}

function compute(): void {
  for (;;) randomBytes(LINES);
}

function dnsQuery(): Buffer {
  const label = randomBytes(6).toString('hex');
  const head = Buffer.from([...randomBytes(2), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const name = Buffer.from(`\x0c${label}\x04test\x00\x00\x01\x00\x01`, 'latin1');
  return Buffer.concat([head, name]);
}

process.once('message', ({ kind, namespace, resolver, neighbour }: FloodJob) => {
  const pid = containerPid(namespace);
  joinContainer(pid);
  const namespaces = new Namespaces();
  const within: Within = (action) => namespaces.insideNamed(namespace, action);
  let port = 1024;
  const floods = {
    metadata: () => floodMetadata(within),
    dns: () => floodDatagrams(within, () => [resolver, 53, dnsQuery()]),
    // Each port is another flow.
    flows: () =>
      floodDatagrams(within, () => {
        port = port >= 65_535 ? 1024 : port + 1;
        return [neighbour, port, Buffer.from('x')];
      }),
    logs: () => floodLogs(pid),
    compute,
  };
  process.send?.('floods', () => void floods[kind]());
});
