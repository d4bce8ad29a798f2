/** One task that writes as fast as it can in blocking mode: from its output to the store, line by line. */
import { Scene } from '../../test/support/neargate/scene.ts';
import { LogFlood } from '../../test/support/logs/log-flood.ts';

export interface Throughput {
  readonly lineBytes: number;
  readonly megabytes: number;
  /** From the container's start to the last line's arrival in the store. */
  readonly megabytesPerSecond: number;
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
  const taskArn = await scene.run(definition);
  const { startedAt } = await scene.until(taskArn, 'STOPPED', STOPPED_MS);
  const { events, lastIngestion } = await flood.delivered(scene, taskArn);
  const megabytes = flood.bytes / 1e6;
  return {
    lineBytes,
    megabytes,
    megabytesPerSecond: (megabytes * 1000) / (lastIngestion - (startedAt?.getTime() ?? 0)),
    events,
    lost: flood.events - events,
  };
}
