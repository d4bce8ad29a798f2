/**
 * What the network of tasks costs: how long an interface takes to come and to go, alone and beside many with many
 * rules; and how much passes between two tasks, beside the same pair of namespaces joined by a bare veth pair.
 */
import { LinuxTaskNetwork } from '../../src/drivers/network-linux/linux-task-network.ts';
import { type Mark, marks, number, table } from '../figures.ts';
import { type AttachFigures, type Cost, measureAttach } from './attach.ts';
import { type Throughput, measureThroughput } from './throughput.ts';

export interface NetworkOptions {
  /** Interfaces one after the other. */
  readonly count: number;
  /** A measurement's length. */
  readonly seconds: number;
}

export interface NetworkResult extends AttachFigures {
  readonly throughput: Throughput;
}

const MOST_MS = 15;
const MOST_GROWTH = 1.5;
const LEAST_SHARE = 0.9;

export async function benchNetwork(options: NetworkOptions): Promise<NetworkResult> {
  const instance = `bench-${process.pid}`;
  const network = new LinuxTaskNetwork({ instance });
  try {
    const result = {
      ...(await measureAttach(network, options.count)),
      throughput: await measureThroughput({ network, instance, seconds: options.seconds }),
    };
    console.log(report(result));
    return result;
  } finally {
    for (const taskId of await network.listAttached()) await network.detach(taskId);
    for (const vpcId of await network.listVpcs()) await network.removeVpc(vpcId);
    await network.close();
  }
}

function report({ alone, detach, crowded, crowd, throughput }: NetworkResult): string {
  const row = (name: string, { time, cpu }: Cost): string[] => [
    name,
    ...[time.least, time.p50, time.p95, cpu.least, cpu.p50].map(number),
  ];
  const share = throughput.tasks / throughput.bare;
  const list: Mark[] = [
    { name: 'an interface attached, p50', value: alone.time.p50, limit: MOST_MS, unit: ' ms' },
    { name: 'an interface detached, p50', value: detach.time.p50, limit: MOST_MS, unit: ' ms' },
    {
      name: `attached beside ${crowd.interfaces} others, times the first, p50`,
      value: crowded.time.p50 / alone.time.p50,
      limit: MOST_GROWTH,
      unit: '',
    },
    { name: 'between two tasks, of a bare pair', value: share, limit: LEAST_SHARE, atLeast: true, unit: '' },
  ];
  return [
    `Interfaces: ${alone.time.count} of each, one after the other, ${crowd.groups} groups of ${crowd.rules} rules each (ms)`,
    table(
      ['', 'least', 'p50', 'p95', 'processor: least', 'p50'],
      [
        row('attached, the first', alone),
        row('detached', detach),
        row(`attached beside ${crowd.interfaces} others`, crowded),
      ],
    ),
    '',
    'Throughput of iperf3, one connection, by turns; groups, connection tracking and flow logs on (Gbit/s)',
    table(
      ['', 'median'],
      [
        ['a bare veth pair', number(throughput.bare)],
        ['two tasks of a VPC', number(throughput.tasks)],
      ],
    ),
    '',
    marks(list),
  ].join('\n');
}
