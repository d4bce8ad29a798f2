/** What tasks' logs bear: one that writes as fast as it can, and how much memory a thousand take. */
import { Scene } from '../../test/support/neargate/scene.ts';
import { type Mark, marks, number, table } from '../figures.ts';
import { measurePlainSides, type PlainSide } from './plain-sides.ts';
import { measureStreams, type StreamsFigures } from './streams.ts';
import { measureThroughput, type Throughput } from './throughput.ts';

export interface LogsOptions {
  readonly mebibytes: number;
  readonly streams: number;
  readonly kibibytes: number;
  readonly docker: boolean;
}

export interface LogsResult {
  readonly throughput: readonly Throughput[];
  readonly plain: readonly PlainSide[];
  readonly streams: StreamsFigures;
}

const LINE_BYTES = [100, 1_000, 10_000];

export async function benchLogs({ mebibytes, streams, kibibytes, docker }: LogsOptions): Promise<LogsResult> {
  const scene = await Scene.start(['--cpu-overcommit', '100', '--memory-overcommit', '100']);
  try {
    const throughput: Throughput[] = [];
    const plain: PlainSide[] = [];
    for (const lineBytes of LINE_BYTES) {
      throughput.push(await measureThroughput(scene, mebibytes, lineBytes));
      plain.push(...(await measurePlainSides(scene, { mebibytes, lineBytes, docker })));
    }
    const result = { throughput, plain, streams: await measureStreams(scene, streams, kibibytes) };
    console.log(report(result));
    return result;
  } finally {
    await scene.close();
  }
}

function report({ throughput, plain, streams }: LogsResult): string {
  const rows = throughput.map((each) => [
    `lines of ${each.lineBytes} bytes`,
    ...[each.megabytes, each.megabytesPerSecond].map(number),
    ...[each.agentMsPerMegabyte, each.controlMsPerMegabyte, each.events, each.lost].map(number),
  ]);
  const besides = plain.map(({ name, lineBytes, megabytesPerSecond }) => {
    const own = throughput.find((each) => each.lineBytes === lineBytes)?.megabytesPerSecond ?? Number.NaN;
    return [
      `${name}, lines of ${lineBytes} bytes`,
      number(megabytesPerSecond),
      number(own / megabytesPerSecond),
    ];
  });
  const { atRest, opened, most, seconds, cpuSeconds, lost } = streams;
  const list: Mark[] = throughput.map((each) => ({
    name: `one task, blocking, lines of ${each.lineBytes} bytes`,
    value: each.megabytesPerSecond,
    limit: 50,
    atLeast: true,
    unit: ' MB/s',
  }));
  list.push({ name: `${streams.streams} streams, resident`, value: most, limit: 300, unit: ' MiB' });
  return [
    table(['', 'MB', 'MB/s', 'agent ms/MB', 'control plane ms/MB', 'events', 'lost'], rows),
    table(['beside', 'MB/s', 'Neargate / that'], besides),
    table(
      [`${streams.streams} streams`, 'MiB written', 'at rest', 'open', 'most MiB', 's', 'CPU s', 'lost'],
      [['', ...[streams.mebibytes, atRest, opened, most, seconds, cpuSeconds, lost].map(number)]],
    ),
    marks(list),
  ].join('\n\n');
}
