/** What tasks' logs bear: one that writes as fast as it can, and how much memory a thousand take. */
import { Scene } from '../../test/support/neargate/scene.ts';
import { type Mark, marks, number, table } from '../figures.ts';
import { measureThroughput, type Throughput } from './throughput.ts';

export interface LogsOptions {
  readonly mebibytes: number;
}

export interface LogsResult {
  readonly throughput: readonly Throughput[];
}

const LINE_BYTES = [100, 1_000, 10_000];

export async function benchLogs({ mebibytes }: LogsOptions): Promise<LogsResult> {
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100']);
  try {
    const throughput: Throughput[] = [];
    for (const lineBytes of LINE_BYTES) throughput.push(await measureThroughput(scene, mebibytes, lineBytes));
    const result = { throughput };
    console.log(report(result));
    return result;
  } finally {
    await scene.close();
  }
}

function report({ throughput }: LogsResult): string {
  const rows = throughput.map((each) => [
    `lines of ${each.lineBytes} bytes`,
    ...[each.megabytes, each.megabytesPerSecond].map(number),
    ...[each.agentMsPerMegabyte, each.controlMsPerMegabyte, each.events, each.lost].map(number),
  ]);
  const list: Mark[] = throughput.map((each) => ({
    name: `one task, blocking, lines of ${each.lineBytes} bytes`,
    value: each.megabytesPerSecond,
    limit: 50,
    atLeast: true,
    unit: ' MB/s',
  }));
  return `${table(['', 'MB', 'MB/s', 'agent ms/MB', 'control plane ms/MB', 'events', 'lost'], rows)}\n\n${marks(list)}`;
}
