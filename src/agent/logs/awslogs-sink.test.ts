import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { eventsOf } from '../../../test/support/logs/block-events.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { awslogsOptions } from './awslogs-options.ts';
import { AwslogsSink } from './awslogs-sink.ts';
import { FLUSH_INTERVAL_MS } from './event-batches.ts';
import { MemoryBudget } from './memory-budget.ts';
import { OutputFiles } from './output-files.ts';
import { OutputMeter } from './output-meter.ts';
import { UploadTurns } from './upload-turns.ts';
import { WakeUps } from './wake-ups.ts';

const OWNER = {
  taskId: 't',
  containerName: 'web',
  defaultMode: 'non-blocking',
  region: 'us-east-1',
} as const;

interface Running {
  readonly sink: AwslogsSink;
  readonly clock: ManualClock;
  readonly taken: string[];
  /** When each upload came. */
  readonly times: number[];
}

/** A sink for a container that has written; others have all the memory. */
async function pressedSink(t: TestContext, lines: readonly string[]): Promise<Running> {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-awslogs-'));
  const files = new OutputFiles(directory, () => undefined);
  files.prepare();
  await appendFile(files.path('stdout'), `${lines.join('\n')}\n`);
  const taken: string[] = [];
  const times: number[] = [];
  const memory = new MemoryBudget();
  memory.share().hold(Number.MAX_SAFE_INTEGER / 2);
  const options = awslogsOptions({ logDriver: 'awslogs', options: { 'awslogs-group': 'g' } }, OWNER);
  const clock = new ManualClock();
  const parts = {
    files,
    options,
    memory,
    meter: new OutputMeter(),
    clock,
    turns: new UploadTurns(clock),
    wakeUps: new WakeUps(clock),
  };
  const client = {
    createLogGroup: async () => undefined,
    createLogStream: async () => undefined,
    putLogEvents: () => assert.fail('uploads are blocks'),
    putBlock: async (_to: unknown, block: readonly Buffer[]) => {
      times.push(clock.now());
      // More is read meanwhile than there is room for.
      for (let turn = 0; turn < 100; turn += 1) await setImmediate();
      taken.push(...eventsOf(block).map(({ message }) => message));
      return { token: String(taken.length), rejected: 0 };
    },
    close: () => undefined,
  };
  const firstLine = async () => undefined;
  const rest = { client, firstLine, logger: silentLogger, maxBacklogBytes: 2 ** 30 };
  const sink = new AwslogsSink({ ...parts, ...rest }, true);
  t.after(async () => {
    // It reads and writes there until it is closed.
    await sink.close();
    await rm(directory, { recursive: true, force: true });
  });
  sink.start();
  return { sink, clock, taken, times };
}

const someLines = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${index} ${'x'.repeat(990)}`);

describe('AwslogsSink where others have all the memory', () => {
  it('cuts no line at the end of the output', async (t) => {
    const lines = someLines(300);
    const { sink, taken } = await pressedSink(t, lines);
    await sink.drain(new AbortController().signal);
    assert.deepEqual(taken, lines);
  });

  it('leaves a little in the file until it is due, and sends it as one', async (t) => {
    const lines = someLines(20);
    const { clock, taken, times } = await pressedSink(t, lines);
    const begin = clock.now();
    while (taken.length < lines.length) {
      await setImmediate();
      clock.advance(1);
    }
    assert.deepEqual(taken, lines);
    assert.equal(times.length, 1);
    assert.ok((times[0] ?? 0) >= begin + FLUSH_INTERVAL_MS);
  });

  it('sends at once where much is left', async (t) => {
    const { clock, times } = await pressedSink(t, someLines(100));
    const begin = clock.now();
    while (times.length === 0) await setImmediate();
    assert.deepEqual(times, [begin]);
  });
});
