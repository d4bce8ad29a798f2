/** The same output where nobody takes it further: into a file by `ctr run`, and into Docker's log file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFlood } from '../../test/support/logs/log-flood.ts';
import type { Scene } from '../../test/support/neargate/scene.ts';
import { CtrSide } from '../launch/ctr-side.ts';
import { DockerSide } from '../launch/docker-side.ts';

export interface PlainSide {
  readonly name: string;
  readonly lineBytes: number;
  /** From the start of the command to the container's end. */
  readonly megabytesPerSecond: number;
}

export interface PlainOptions {
  readonly mebibytes: number;
  readonly lineBytes: number;
  readonly docker: boolean;
}

export async function measurePlainSides(scene: Scene, options: PlainOptions): Promise<PlainSide[]> {
  const { mebibytes, lineBytes } = options;
  const flood = await LogFlood.prepare(scene, { mebibytes, seed: `bench${lineBytes}`, lineBytes });
  const image = flood.imageAt(scene.registry.host);
  const command = flood.container(scene, {}).command ?? [];
  const measured = async (name: string, runToEnd: () => Promise<void>): Promise<PlainSide> => {
    const begin = performance.now();
    await runToEnd();
    return { name, lineBytes, megabytesPerSecond: flood.bytes / 1_000 / (performance.now() - begin) };
  };
  const directory = await mkdtemp(join(tmpdir(), 'ng-bench-logs-'));
  const ctr = await CtrSide.create(image);
  const sides: PlainSide[] = [];
  try {
    sides.push(await measured('ctr run, into a file', () => ctr.runToEnd(command, join(directory, 'out'))));
    const docker = options.docker ? await DockerSide.create(image, ctr.socket) : 'left out';
    if (typeof docker === 'string') return sides;
    try {
      sides.push(await measured('docker run, json-file', () => docker.runToEnd(command)));
    } finally {
      await docker.close();
    }
    return sides;
  } finally {
    await ctr.close();
    await rm(directory, { recursive: true, force: true });
  }
}
