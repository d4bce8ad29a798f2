/** One task that writes as fast as it can in blocking mode: from its output to the store, line by line. */
import { Scene } from '../../test/support/neargate/scene.ts';
import { LogFlood } from '../../test/support/logs/log-flood.ts';
import { cpuMs } from '../processor-time.ts';

export interface Throughput {
  readonly lineBytes: number;
  readonly megabytes: number;
  /** From the container's start to the last line's arrival in the store. */
  readonly megabytesPerSecond: number;
  /** Of the processes, from RunTask to STOPPED. */
  readonly agentMsPerMegabyte: number;
  readonly controlMsPerMegabyte: number;
  readonly events: number;
  readonly lost: number;
}

const STOPPED_MS = 1_800_000;

export async function measureThroughput(
  scene: Scene,
  mebibytes: number,
  lineBytes: number,
): Promise<Throughput> {
  const flood = await LogFlood.prepare(scene, { mebibytes, seed: `bench${lineBytes}`, lineBytes });
  const definition = await scene.register([flood.container(scene, { mode: 'blocking' })], {
    cpu: '2048',
    memory: '4096',
  });
  const pids = [await scene.neargate.agentPid(), scene.neargate.pid];
  const before = await Promise.all(pids.map(cpuMs));
  const taskArn = await scene.run(definition);
  const { startedAt } = await scene.until(taskArn, 'STOPPED', STOPPED_MS);
  const after = await Promise.all(pids.map(cpuMs));
  const { events, lastIngestion } = await flood.delivered(scene, taskArn);
  const megabytes = flood.bytes / 1e6;
  const [agent = 0, control = 0] = after.map((ms, index) => ms - (before[index] ?? 0));
  return {
    lineBytes,
    megabytes,
    megabytesPerSecond: (megabytes * 1000) / (lastIngestion - (startedAt?.getTime() ?? 0)),
    agentMsPerMegabyte: agent / megabytes,
    controlMsPerMegabyte: control / megabytes,
    events,
    lost: flood.events - events,
  };
}
