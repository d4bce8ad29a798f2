import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { eventsOf } from '../../../test/support/logs/block-events.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { awslogsOptions } from './awslogs-options.ts';
import { AwslogsSink } from './awslogs-sink.ts';
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

it('AwslogsSink cuts no line at the end of the output when others have all the memory', async (t: TestContext) => {
  const directory = await mkdtemp(join(tmpdir(), 'neargate-awslogs-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const files = new OutputFiles(directory, () => undefined);
  files.prepare();
  const lines = Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(990)}`);
  await appendFile(files.path('stdout'), `${lines.join('\n')}\n`);
  const taken: string[] = [];
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
  sink.start();
  await sink.drain(new AbortController().signal);
  assert.deepEqual(taken, lines);
});
