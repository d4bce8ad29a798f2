import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { eventsOf } from '../../../test/support/logs/block-events.ts';
import { someContainerLogs } from '../../../test/support/logs/container-logs.ts';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { AppError } from '../../domain/errors.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { Re2LinePatterns } from '../../drivers/line-patterns-re2/re2-line-patterns.ts';
import { createTaskLogs } from './file-task-logs.ts';
import type { LogEvent, LogsClient } from './logs-client.ts';
import type { LossReason } from './output-meter.ts';
import type { ContainerLogs, TaskLogs } from './task-logs.ts';

/** A log service in memory. */
class Service {
  readonly events: LogEvent[] = [];
  streams = new Set<string>();
  isDown = false;

  get messages(): string[] {
    return this.events.map(({ message }) => message);
  }

  readonly tokens: string[] = [];
  /** Takes what comes, and breaks off before it says so. */
  breaksOff = false;
  /** Neither answers nor ends when it is told to. */
  hangs = false;

  /** Never answers, whatever the caller does. */
  isStuck = false;

  client = (): LogsClient => ({
    createLogGroup: async () => undefined,
    createLogStream: async (_group, stream) => void this.streams.add(stream),
    putLogEvents: () => assert.fail('uploads are blocks'),
    putBlock: async ({ token }, block, _count, signal) => {
      if (this.hangs) await new Promise(() => undefined);
      if (this.isStuck) return new Promise(() => undefined);
      if (this.isDown) throw new AppError('unavailable', 'down');
      // As Neargate's own service does it: an upload that comes twice is taken once.
      if (this.tokens.at(-1) !== token) {
        this.tokens.push(token);
        this.events.push(...eventsOf(block));
      }
      if (this.breaksOff) await new Promise((_, reject) => signal?.addEventListener('abort', reject));
      return { token: String(this.tokens.length), rejected: 0 };
    },
    close: () => undefined,
  });
}

describe('Task logs', () => {
  let directory: string;
  let service: Service;
  let clock: ManualClock;
  let delivered: number;
  let lost: Record<LossReason, number>;
  let holes: { path: string; offset: number; length: number }[];
  const opened: TaskLogs[] = [];
  const signal = new AbortController().signal;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'neargate-logs-'));
    service = new Service();
    clock = new ManualClock();
    holes = [];
    delivered = 0;
    lost = { 'buffer-full': 0, rejected: 0, undelivered: 0 };
  });
  afterEach(async () => {
    for (const logs of opened.splice(0)) await logs.close();
    await rm(directory, { recursive: true, force: true });
  });

  const make = (): TaskLogs => {
    const logs = createTaskLogs({
      directory,
      logsClient: service.client,
      credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't', expiresAt: 0 }),
      network: { dialer: () => ({ connect: () => Promise.reject(new Error('unused')) }) },
      patterns: new Re2LinePatterns(),
      punchHole: (path, offset, length) => void holes.push({ path, offset, length }),
      clock,
      logger: silentLogger,
      observer: {
        delivered: ({ events }) => void (delivered += events),
        lost: (reason, { events }) => void (lost[reason] += events),
      },
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
    return someContainerLogs(anAssignment([made]), made);
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

  it('gives up in bounded time also when a call to the service does not come back', async () => {
    const logs = make();
    await logs.open(container(), signal);
    service.hangs = true;
    await appendFile(logs.outputPaths(taskId, 'web').stdoutPath, 'lost\n');
    let drained = false;
    void logs.drain(taskId).then(() => {
      drained = true;
    });
    await until(() => drained);
  });

  it('gives up in bounded time when an upload does not end, with more behind it', async () => {
    service.isStuck = true;
    const logs = make();
    await logs.open(container(), signal);
    await appendFile(logs.outputPaths(taskId, 'web').stdoutPath, `${'x'.repeat(999)}\n`.repeat(4_000));
    let drained = false;
    void logs.drain(taskId).then(() => {
      drained = true;
    });
    await until(() => drained);
    assert.equal(lost.undelivered, 4_000);
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

  it('lets the newest lines go once the buffer is full, and counts them', async () => {
    service.isDown = true;
    const logs = make();
    await logs.open(container({ 'max-buffer-size': '3m' }), signal);
    const { stdoutPath } = logs.outputPaths(taskId, 'web');
    const lines = Array.from({ length: 6_000 }, (_, index) => `${index} ${'x'.repeat(990)}`);
    await appendFile(stdoutPath, `${lines.join('\n')}\n`);
    await until(() => lost['buffer-full'] > 0);
    service.isDown = false;
    await until(() => service.events.length + lost['buffer-full'] === lines.length);
    assert.deepEqual(service.messages, lines.slice(0, service.events.length));
    const kept = service.messages.reduce((sum, line) => sum + line.length + 1, 0);
    assert.ok(kept > 2.9 * 2 ** 20 && kept <= 3 * 2 ** 20 + 1_000, `${kept}`);
    await appendFile(stdoutPath, 'newest\n');
    await until(() => service.messages.at(-1) === 'newest');
    assert.equal(delivered, service.events.length);
  });

  it('remembers what it let go when the agent starts again', async () => {
    service.isDown = true;
    const first = make();
    await first.prepare(taskId, ['web']);
    const { stdoutPath } = first.outputPaths(taskId, 'web');
    const lines = Array.from({ length: 9_000 }, (_, index) => `${index} ${'x'.repeat(490)}`);
    await appendFile(stdoutPath, `${lines.join('\n')}\n`);
    await first.open(container({ 'max-buffer-size': '100k' }), signal);
    await until(() => lost['buffer-full'] > 0);
    await first.close();
    const gone = lost['buffer-full'];
    service.isDown = false;
    const second = make();
    second.resume(container({ 'max-buffer-size': '100k' }));
    await until(() => service.events.length === lines.length - gone);
    await appendFile(stdoutPath, 'newest\n');
    await until(() => service.messages.at(-1) === 'newest');
    assert.deepEqual(service.messages.slice(0, -1), lines.slice(0, lines.length - gone));
  });

  it('sends once what was taken when the agent ended before it knew', async () => {
    const first = make();
    await first.open(container(), signal);
    const { stdoutPath } = first.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, 'one\ntwo\n');
    service.breaksOff = true;
    await until(() => service.events.length === 2);
    await first.close();
    service.breaksOff = false;
    await appendFile(stdoutPath, 'three\n');
    const second = make();
    second.resume(container());
    await until(() => service.events.length === 3);
    assert.deepEqual(service.messages, ['one', 'two', 'three']);
  });

  it('has writers wait in blocking mode only, which the account may make the default', () => {
    const logs = make();
    const limit = (options: Record<string, string>, over: object = {}): number | undefined => {
      const { assignment, container: made } = container(options);
      return logs.outputLimitBytes({ assignment: { ...assignment, ...over }, container: made });
    };
    assert.equal(limit({}), undefined);
    assert.equal(limit({ mode: 'blocking' }), 64 * 2 ** 20);
    assert.equal(limit({}, { defaultLogMode: 'blocking' }), 64 * 2 ** 20);
    assert.equal(limit({ mode: 'non-blocking' }, { defaultLogMode: 'blocking' }), undefined);
  });

  it('does not start a container whose pattern is none', async () => {
    const opening = make().open(container({ 'awslogs-multiline-pattern': '(' }), signal);
    await assert.rejects(opening, /awslogs could not parse multiline pattern key "\("/);
  });

  it('counts what could not be delivered before the task’s end', async () => {
    service.isDown = true;
    const logs = make();
    await logs.open(container(), signal);
    await appendFile(logs.outputPaths(taskId, 'web').stdoutPath, 'lost\nlost too\n');
    let drained = false;
    void logs.drain(taskId).then(() => {
      drained = true;
    });
    await until(() => drained);
    assert.equal(lost.undelivered, 2);
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
    await logs.open(someContainerLogs(anAssignment([made]), made), signal);
    await writeFile(logs.outputPaths(taskId, 'web').stdoutPath, Buffer.alloc(40 * 2 ** 20));
    await until(() => holes.length > 0);
    assert.equal(holes[0]?.length, 32 * 2 ** 20);
    await logs.drain(taskId);
  });

  it('keeps its position in its directory', async () => {
    const logs = make();
    await logs.open(container(), signal);
    const { stdoutPath } = logs.outputPaths(taskId, 'web');
    await appendFile(stdoutPath, 'one\n');
    await until(() => service.events.length === 1);
    const path = join(stdoutPath, '..', 'position.json');
    let text = '';
    for (let look = 0; look < 2_000 && !text.includes('"delivered":{"stdout":4'); look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(50);
      text = await readFile(path, 'utf8').catch(() => '');
    }
    const { delivered } = JSON.parse(text) as { delivered: object };
    assert.deepEqual(delivered, { stdout: 4, stderr: 0 });
    assert.deepEqual(await logs.list(), [taskId]);
  });

  it('refuses names that are no directory’s', () => {
    assert.throws(() => make().outputPaths('..', 'web'));
    assert.throws(() => make().outputPaths(taskId, '../x'));
  });
});
