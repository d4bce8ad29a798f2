/** iperf3 between two tasks of a VPC whose traffic is watched, and between two namespaces with nothing in between. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Names } from '../../src/drivers/network-linux/names.ts';
import type { TaskNetwork } from '../../src/ports/task-network.ts';
import { eniOf } from '../../src/ports/testing/task-network-suite.ts';
import { OPEN_GROUP_ID, groupOf, pictureOf, portOf, ruleOf } from '../../src/ports/testing/vpc-picture.ts';
import { figuresOf } from '../figures.ts';
import { end, run } from '../launch/processes.ts';

/** Medians, Gbit/s. */
export interface Throughput {
  readonly bare: number;
  readonly tasks: number;
}

export interface ThroughputOptions {
  readonly network: TaskNetwork;
  readonly instance: string;
  readonly seconds: number;
}

const ROUNDS = 5;
const LOOK_MS = 1000;
const VPC = { vpcId: 'vpc-000000000000000b2', cidr: '10.78.0.0/16', routedFromHost: false };
/** All that comes has to pass a list of other rules first. */
const OTHER_RULES = 50;

interface Pair {
  readonly client: string;
  readonly server: string;
  readonly address: string;
}

export async function measureThroughput(options: ThroughputOptions): Promise<Throughput> {
  const bare = await barePair(options.instance);
  const stop = new AbortController();
  try {
    const tasks = await taskPair(options, stop.signal);
    const times = { bare: [] as number[], tasks: [] as number[] };
    // By turns, so that whatever else the machine does falls on both alike.
    for (let round = 0; round < ROUNDS; round += 1) {
      times.bare.push(await measure(bare, options.seconds));
      times.tasks.push(await measure(tasks, options.seconds));
    }
    return { bare: figuresOf(times.bare).p50, tasks: figuresOf(times.tasks).p50 };
  } finally {
    stop.abort();
    for (const name of [bare.client, bare.server]) await run('ip', ['netns', 'del', name]);
  }
}

async function taskPair({ network, instance }: ThroughputOptions, signal: AbortSignal): Promise<Pair> {
  const ports = Array.from({ length: OTHER_RULES }, (_, index) => portOf(1 + index));
  await network.applyVpc(pictureOf(VPC, { groups: [groupOf(OPEN_GROUP_ID, [...ports, ruleOf()])] }));
  const server = eniOf(VPC, 2);
  await network.attach('client', eniOf(VPC, 1));
  await network.attach('server', server);
  const watch = await network.watchFlows(VPC.vpcId, () => undefined, signal);
  const timer = setInterval(() => void watch.look().catch(() => undefined), LOOK_MS);
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  const names = new Names(instance);
  return {
    client: names.taskNamespace('client'),
    server: names.taskNamespace('server'),
    address: server.privateIpv4Address,
  };
}

async function barePair(instance: string): Promise<Pair> {
  const [client, server] = ['a', 'b'].map((side) => `ng-${instance}-${side}`) as [string, string];
  for (const name of [client, server]) await run('ip', ['netns', 'add', name]);
  const peer = ['peer', 'name', 'eth0', 'mtu', '9001', 'netns', server];
  await run('ip', ['-n', client, 'link', 'add', 'eth0', 'mtu', '9001', 'type', 'veth', ...peer]);
  for (const [name, address] of [
    [client, '10.79.0.1/24'],
    [server, '10.79.0.2/24'],
  ] as const) {
    await run('ip', ['-n', name, 'addr', 'add', address, 'dev', 'eth0']);
    await run('ip', ['-n', name, 'link', 'set', 'eth0', 'up']);
  }
  return { client, server, address: '10.79.0.2' };
}

/** Gbit/s that the server received. */
async function measure({ client, server, address }: Pair, seconds: number): Promise<number> {
  const listening = spawn('ip', ['netns', 'exec', server, 'iperf3', '-s', '-1', '--forceflush'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(listening.stdout, 'data');
    const output = await run('ip', [
      ...['netns', 'exec', client],
      ...['iperf3', '-J', '-c', address, '-t', String(seconds)],
    ]);
    const result = JSON.parse(output) as { end: { sum_received: { bits_per_second: number } } };
    return result.end.sum_received.bits_per_second / 1e9;
  } finally {
    await end(listening);
  }
}
