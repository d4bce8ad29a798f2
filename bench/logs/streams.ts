/** The memory that a thousand tasks' logs take of an agent, while all of them write. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AGENT_FLAGS } from '../../src/main/agent-flags.ts';
import type { Scene } from '../../test/support/neargate/scene.ts';

export interface StreamsFigures {
  readonly streams: number;
  readonly mebibytes: number;
  /** Resident, in MiB: before there was a stream, with all of them open, and the most of all. */
  readonly atRest: number;
  readonly opened: number;
  readonly most: number;
  /** From the first byte to the last one's arrival. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly lost: number;
}

const PROGRAM = fileURLToPath(new URL('./streams-agent.js', import.meta.url));

export async function measureStreams(
  scene: Scene,
  streams: number,
  kibibytes: number,
): Promise<StreamsFigures> {
  const { dataDir, info } = scene.neargate;
  const options = {
    ...{ 'data-dir': dataDir, region: info.region, 'access-key-id': info.accessKeyId, group: '/test' },
    ...{ streams: String(streams), kibibytes: String(kibibytes) },
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const { stdout } = await promisify(execFile)(process.execPath, [...AGENT_FLAGS, PROGRAM, ...args], {
    env: { ...process.env, BENCH_SECRET_KEY: info.secretAccessKey },
  });
  const figures = JSON.parse(stdout) as Omit<StreamsFigures, 'streams' | 'mebibytes'>;
  return { streams, mebibytes: (streams * kibibytes) / 1_024, ...figures };
}
