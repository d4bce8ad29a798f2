/**
 * What the network of tasks costs: how long an interface takes to come and to go, alone and beside many with many
 * rules; and how much passes between two tasks, beside the same pair of namespaces joined by a bare veth pair.
 */
import { LinuxTaskNetwork } from '../../src/drivers/network-linux/linux-task-network.ts';
import { type Figures, type Mark, marks, number, table } from '../figures.ts';
import { type AttachFigures, measureAttach } from './attach.ts';
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
  const row = (name: string, figures: Figures): string[] => [
    name,
    ...[figures.p50, figures.p95, figures.most].map(number),
  ];
  const share = throughput.tasks / throughput.bare;
  const list: Mark[] = [
    { name: 'an interface attached, p95', value: alone.p95, limit: MOST_MS, unit: ' ms' },
    { name: 'an interface detached, p95', value: detach.p95, limit: MOST_MS, unit: ' ms' },
    {
      name: `attached beside ${crowd.interfaces} others, times the first`,
      value: crowded.p50 / alone.p50,
      limit: MOST_GROWTH,
      unit: '',
    },
    { name: 'between two tasks, of a bare pair', value: share, limit: LEAST_SHARE, atLeast: true, unit: '' },
  ];
  return [
    `Interfaces: ${alone.count} of each, one after the other, ${crowd.groups} groups of ${crowd.rules} rules each (ms)`,
    table(
      ['', 'p50', 'p95', 'most'],
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
