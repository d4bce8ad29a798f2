/** What every container runtime does, whatever it is made of. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { RuntimeEvent } from '../container-runtime.ts';
import { describeCommands } from './runtime-command-cases.ts';
import type { RuntimeHarness } from './runtime-harness.ts';
import { describeInput, describeRestarts } from './runtime-restart-cases.ts';
import { rejectsWith } from './rejects-with.ts';
import { Suite, untilFileHas } from './runtime-suite.ts';

const SIGTERM = 15;
const SIGKILL = 9;

/** Runs the suite as test cases under `name`. */
export function describeContainerRuntime(
  name: string,
  open: () => Promise<RuntimeHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false }, () => {
    let suite: Suite;
    before(async () => {
      suite = new Suite(await open());
    });
    after(() => suite?.close());
    describeLife(() => suite);
    describeRefusals(() => suite);
    describeCommands(() => suite);
    describeRestarts(() => suite);
    describeInput(() => suite);
    describeEvents(() => suite);
    it('leaves nothing behind', async () => {
      for (const { id } of await suite.runtime.list()) await suite.runtime.delete(id);
      assert.deepEqual(await suite.harness.leftovers(), []);
    });
  });
}

function describeLife(suite: () => Suite): void {
  describe('a container', () => {
    it('is created, runs, and exits with its code and output', async () => {
      const { runtime } = suite();
      const request = await suite().request({ stdout: 'to stdout\n', stderr: 'to stderr\n', exitCode: 3 });
      const events = await suite().listen();
      const { pid } = await runtime.create(request);
      assert.ok(pid > 0);
      assert.deepEqual(await runtime.inspect(request.id), {
        id: request.id,
        taskId: request.taskId,
        labels: request.labels,
        state: 'created',
        pid,
      });
      await runtime.start(request.id);
      const { exit } = await events.exitOf(request.id);
      assert.equal(exit.exitCode, 3);
      assert.ok(exit.exitedAt > 1_700_000_000_000, `exited at ${exit.exitedAt}`);
      const seen = await runtime.inspect(request.id);
      assert.equal(seen?.state, 'exited');
      assert.deepEqual(seen?.exit, exit);
      assert.equal(await readFile(request.stdoutPath, 'utf8'), 'to stdout\n');
      assert.equal(await readFile(request.stderrPath, 'utf8'), 'to stderr\n');
      assert.deepEqual(await runtime.delete(request.id), exit);
      assert.equal(await runtime.inspect(request.id), undefined);
    });

    it('ends on the signal that it is sent', async () => {
      const { runtime } = suite();
      const request = await suite().started({ endsOnTerm: true, stdout: 'ready' });
      await untilFileHas(request.stdoutPath, 'ready');
      const events = await suite().listen();
      await runtime.signal(request.id, SIGTERM);
      assert.equal((await events.exitOf(request.id)).exit.exitCode, 128 + SIGTERM);
      await runtime.signal(request.id, SIGTERM);
      await runtime.delete(request.id);
    });

    it('may outlive SIGTERM, and not SIGKILL', async () => {
      const { runtime } = suite();
      const request = await suite().started({ stdout: 'ready' });
      await untilFileHas(request.stdoutPath, 'ready');
      const events = await suite().listen();
      await runtime.signal(request.id, SIGTERM);
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.signal(request.id, SIGKILL);
      assert.equal((await events.exitOf(request.id)).exit.exitCode, 128 + SIGKILL);
      await runtime.delete(request.id);
    });

    it('is killed when it is deleted while it runs', async () => {
      const request = await suite().started({});
      const exit = await suite().runtime.delete(request.id);
      assert.equal(exit?.exitCode, 128 + SIGKILL);
      assert.equal(await suite().runtime.inspect(request.id), undefined);
      assert.equal(await suite().runtime.delete(request.id), undefined);
    });

    it('can be deleted before it was started', async () => {
      const request = await suite().request({});
      await suite().runtime.create(request);
      await suite().runtime.delete(request.id);
      assert.equal(await suite().runtime.inspect(request.id), undefined);
    });

    it('can be made again over the same directories once it was deleted', async () => {
      const { runtime } = suite();
      const request = await suite().started({});
      await runtime.delete(request.id);
      await runtime.create(request);
      await runtime.start(request.id);
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.delete(request.id);
    });

    it('writes to the same file from both streams', async () => {
      const { runtime } = suite();
      const wanted = await suite().request({ stdout: 'one\n', stderr: 'two\n', exitCode: 0 });
      const request = { ...wanted, stderrPath: wanted.stdoutPath };
      const events = await suite().listen();
      await runtime.create(request);
      await runtime.start(request.id);
      await events.exitOf(request.id);
      await runtime.delete(request.id);
      const lines = (await readFile(request.stdoutPath, 'utf8')).split('\n').sort();
      assert.deepEqual(lines, ['', 'one', 'two']);
    });

    it('goes on without the one who made it, and is found by list', async () => {
      const { runtime, harness } = suite();
      const running = await suite().started({});
      const created = await suite().request({});
      await runtime.create(created);
      const again = harness.reopen();
      const found = (await again.list()).filter(({ id }) => id === running.id || id === created.id);
      assert.deepEqual(
        new Map(found.map(({ id, state }) => [id, state])),
        new Map([
          [running.id, 'running'],
          [created.id, 'created'],
        ]),
      );
      const one = found.find(({ id }) => id === running.id);
      assert.deepEqual(one?.labels, running.labels);
      assert.equal(one?.taskId, running.taskId);
      await again.delete(running.id);
      await again.delete(created.id);
      await again.close();
    });

    it('shares its task with others that live and die by themselves', async () => {
      const { runtime } = suite();
      const one = await suite().started({});
      const two = await suite().request({}, one.taskId);
      await runtime.create(two);
      await runtime.start(two.id);
      await runtime.delete(one.id);
      assert.equal((await runtime.inspect(two.id))?.state, 'running');
      await runtime.delete(two.id);
    });
  });
}

function describeRefusals(suite: () => Suite): void {
  describe('refusals', () => {
    it('says already-exists for an id that is taken, and leaves the first alone', async () => {
      const { runtime } = suite();
      const request = await suite().started({});
      await rejectsWith(runtime.create(request), 'already-exists');
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.delete(request.id);
    });

    it("tells the runtime's words when the program does not exist, and leaves nothing of it", async () => {
      const { runtime } = suite();
      const request = await suite().request({ program: 'absent' });
      const error = await rejectsWith(
        (async () => {
          await runtime.create(request);
          await runtime.start(request.id);
        })(),
        'invalid',
      );
      assert.match(error.message, suite().harness.absentProgram);
      await runtime.delete(request.id);
      assert.equal(await runtime.inspect(request.id), undefined);
    });

    it('says not-found for a container that is not there', async () => {
      const { runtime } = suite();
      const id = suite().freshId();
      await rejectsWith(runtime.start(id), 'not-found');
      await rejectsWith(runtime.signal(id, SIGTERM), 'not-found');
      assert.equal(await runtime.inspect(id), undefined);
      assert.equal(await runtime.delete(id), undefined);
    });

    it('makes nothing when it was cancelled before', async () => {
      const { runtime } = suite();
      const request = await suite().request({});
      await rejectsWith(runtime.create(request, AbortSignal.abort()), 'aborted');
      assert.equal(await runtime.inspect(request.id), undefined);
    });
  });
}

function describeEvents(suite: () => Suite): void {
  describe('events', () => {
    it('reach every reader', async () => {
      const readers = [await suite().listen(), await suite().listen()];
      const request = await suite().started({ exitCode: 0 });
      for (const reader of readers) await reader.exitOf(request.id);
      await suite().runtime.delete(request.id);
    });

    it('say resync when they may have missed some', async () => {
      const { runtime, harness } = suite();
      const request = await suite().started({});
      const events = await suite().listen();
      await harness.killUnseen(request.id, (await runtime.inspect(request.id))?.pid ?? 0);
      await events.next((event) => event.type === 'resync');
      assert.equal((await runtime.inspect(request.id))?.exit?.exitCode, 128 + SIGKILL);
      const later = await suite().started({ exitCode: 4 });
      assert.equal((await events.exitOf(later.id)).exit.exitCode, 4);
      await runtime.delete(request.id);
      await runtime.delete(later.id);
    });

    it('end with their signal', async () => {
      const ending = new AbortController();
      const seen: RuntimeEvent[] = [];
      const reading = (async () => {
        for await (const event of suite().runtime.events(ending.signal)) seen.push(event);
      })();
      ending.abort();
      await reading;
    });
  });
}
