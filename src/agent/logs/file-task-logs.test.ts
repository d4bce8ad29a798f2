import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { AppError } from '../../domain/errors.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { createTaskLogs } from './file-task-logs.ts';
import type { LogEvent } from './logs-client.ts';
import type { ContainerLogs, TaskLogs } from './task-logs.ts';

/** A log service in memory. */
class Service {
  readonly events: LogEvent[] = [];
  puts = 0;
  streams = new Set<string>();
  isDown = false;

  get messages(): string[] {
    return this.events.map(({ message }) => message);
  }

  client = () => ({
    createLogGroup: async (): Promise<void> => undefined,
    createLogStream: async (_group: string, stream: string): Promise<void> => void this.streams.add(stream),
    putLogEvents: async (_group: string, _stream: string, events: readonly LogEvent[]): Promise<void> => {
      if (this.isDown) throw new AppError('unavailable', 'down');
      this.puts += 1;
      this.events.push(...events);
    },
    close: () => undefined,
  });
}

describe('Task logs', () => {
  let directory: string;
  let service: Service;
  let clock: ManualClock;
  let holes: { path: string; offset: number; length: number }[];
  const opened: TaskLogs[] = [];
  const signal = new AbortController().signal;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-logs-'));
    service = new Service();
    clock = new ManualClock();
    holes = [];
  });
  afterEach(async () => {
    for (const logs of opened.splice(0)) await logs.close();
    await rm(directory, { recursive: true, force: true });
  });

  const make = (changes: { maxBacklogBytes?: number } = {}): TaskLogs => {
    const logs = createTaskLogs({
      directory,
      logsClient: service.client,
      credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't', expiresAt: 0 }),
      network: { dialer: () => ({ connect: () => Promise.reject(new Error('unused')) }) },
      punchHole: (path, offset, length) => void holes.push({ path, offset, length }),
      clock,
      logger: silentLogger,
      ...changes,
    });
    opened.push(logs);
    return logs;
  };
  const container = (options: Record<string, string> = {}): ContainerLogs => {
    const made = aContainer('web', {
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': 'g', 'awslogs-stream-prefix': 'p', ...options },
      },
    });
    return { assignment: anAssignment([made]), container: made };
  };
  const taskId = anAssignment().taskId;
  /** Real moments for the files, virtual ones for the waits. */
  const until = async (condition: () => boolean): Promise<void> => {
    for (let look = 0; look < 2_000; look += 1) {
      if (condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(50);
    }
    throw new Error('never happened');
  };

  it('delivers lines of both files within seconds', async () => {
    const logs = make();
    await logs.open(container(), signal);
    const { stdoutPath, stderrPath } = logs.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, 'one\ntwo\n');
    await appendFile(stderrPath, 'bad\n');
    const before = clock.now();
    await until(() => service.events.length === 3);
    assert.ok(clock.now() - before <= 7_000, `${clock.now() - before}`);
    assert.deepEqual(service.messages.toSorted(), ['bad', 'one', 'two']);
    assert.deepEqual([...service.streams], [`p/web/${taskId}`]);
  });

  it('delivers what is left, a line without an end included, when the task stops', async () => {
    const logs = make();
    await logs.open(container(), signal);
    await appendFile(logs.outputPaths(taskId, 'web').stdoutPath, 'first\nlast words');
    await logs.drain(taskId);
    assert.deepEqual(service.messages, ['first', 'last words']);
    await logs.remove(taskId);
    assert.deepEqual(await readdir(directory), []);
  });

  it('gives up in bounded time when the service is down as the task stops', async () => {
    service.isDown = true;
    const logs = make();
    await logs.open(container(), signal);
    await appendFile(logs.outputPaths(taskId, 'web').stdoutPath, 'lost\n');
    const before = clock.now();
    let drained = false;
    void logs.drain(taskId).then(() => {
      drained = true;
    });
    await until(() => drained);
    assert.ok(clock.now() - before < 20_000);
  });

  it('keeps output while the service is down and delivers it in order, once', async () => {
    service.isDown = true;
    const logs = make();
    await logs.open(container(), signal);
    const { stdoutPath } = logs.outputPaths(taskId, 'web');
    const lines = Array.from({ length: 500 }, (_, index) => `line ${index}`);
    for (let index = 0; index < 500; index += 100) {
      await appendFile(stdoutPath, `${lines.slice(index, index + 100).join('\n')}\n`);
      clock.advance(3_000);
    }
    service.isDown = false;
    await until(() => service.events.length >= 500);
    assert.deepEqual(service.messages, lines);
  });

  it('goes on where the last acknowledged event ended when the agent starts again', async () => {
    const first = make();
    await first.open(container(), signal);
    const { stdoutPath } = first.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, 'one\ntwo\nhal');
    await until(() => service.events.length === 2);
    await first.close();
    await appendFile(stdoutPath, 'f\nthree\n');
    const second = make();
    second.resume(container());
    await until(() => service.events.length >= 4);
    assert.deepEqual(service.messages, ['one', 'two', 'half', 'three']);
  });

  it('gives delivered output back to the disk', async () => {
    const logs = make();
    await logs.open(container(), signal);
    const { stdoutPath } = logs.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, `${'x'.repeat(999)}\n`.repeat(3_000));
    await until(() => service.events.length === 3_000);
    await until(() => holes.reduce((sum, { length }) => sum + length, 0) > 2_900_000);
    assert.equal(holes[0]?.offset, 0);
    for (const [index, { offset, length }] of holes.entries()) {
      assert.equal(offset + length, holes[index + 1]?.offset ?? offset + length);
    }
  });

  it('leaves out the oldest output rather than fill the disk', async () => {
    service.isDown = true;
    const logs = make({ maxBacklogBytes: 100_000 });
    await logs.open(container(), signal);
    const { stdoutPath } = logs.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, `${'x'.repeat(999)}\n`.repeat(5_000));
    await until(() => holes.length > 0);
    service.isDown = false;
    await appendFile(stdoutPath, 'newest\n');
    await until(() => service.messages.includes('newest'));
    assert.ok(service.events.length < 5_000);
  });

  it('makes events of several lines', async () => {
    const logs = make();
    await logs.open(container({ 'awslogs-multiline-pattern': '^\\d' }), signal);
    await appendFile(logs.outputPaths(taskId, 'web').stdoutPath, '1 a\n b\n2 c\n');
    await until(() => service.events.length === 2);
    assert.deepEqual(service.messages, ['1 a\n b', '2 c']);
  });

  it('keeps only the newest output of a container without a log driver', async () => {
    const made = aContainer('web');
    const logs = make();
    await logs.open({ assignment: anAssignment([made]), container: made }, signal);
    await writeFile(logs.outputPaths(taskId, 'web').stdoutPath, Buffer.alloc(40 * 2 ** 20));
    await until(() => holes.length > 0);
    assert.equal(holes[0]?.length, 32 * 2 ** 20);
    await logs.drain(taskId);
  });

  it('keeps offsets and nothing else in its directory', async () => {
    const logs = make();
    await logs.open(container(), signal);
    const { stdoutPath } = logs.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, 'one\n');
    await until(() => service.events.length === 1);
    const path = join(stdoutPath, '..', 'offsets.json');
    let text = '';
    for (let look = 0; look < 200 && !text.includes('4'); look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      text = await readFile(path, 'utf8').catch(() => '');
    }
    assert.deepEqual(JSON.parse(text), { stdout: 4, stderr: 0 });
    assert.deepEqual(await logs.list(), [taskId]);
  });

  it('refuses names that are no directory’s', () => {
    assert.throws(() => make().outputPaths('..', 'web'));
    assert.throws(() => make().outputPaths(taskId, '../x'));
  });
});
