/** Containers that are started once more, and what their processes read and write, for the suite of container runtimes. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { CreateContainerRequest } from '../container-runtime.ts';
import type { WantedBehaviour } from './runtime-harness.ts';
import { rejectsWith } from './rejects-with.ts';
import { type Suite, untilFileHas } from './runtime-suite.ts';
import { patient } from './patience.ts';

const SIGKILL = 9;

export function describeRestarts(suite: () => Suite): void {
  describe('a container that has ended', () => {
    it('runs once more over what it wrote, and adds to its output', async () => {
      const { runtime } = suite();
      const request = await suite().request({ countsRuns: true, exitCode: 6 });
      const events = await suite().listen();
      await runtime.create(request);
      await runtime.start(request.id);
      const first = await events.exitOf(request.id);
      await runtime.restart(request.id);
      const second = await events.exitOf(request.id);
      assert.equal(second.exit.exitCode, 6);
      assert.ok(second.exit.exitedAt >= first.exit.exitedAt);
      assert.deepEqual((await runtime.inspect(request.id))?.exit, second.exit);
      await runtime.restart(request.id);
      await events.exitOf(request.id);
      await runtime.delete(request.id);
      assert.equal(await readFile(request.stdoutPath, 'utf8'), 'run 1\nrun 2\nrun 3\n');
    });

    it('is started again by another than who made it, and runs on', async () => {
      const { runtime, harness } = suite();
      const request = await suite().started({});
      const events = await suite().listen();
      await runtime.signal(request.id, SIGKILL);
      await events.exitOf(request.id);
      const again = harness.reopen();
      await again.restart(request.id);
      const seen = await again.inspect(request.id);
      assert.equal(seen?.state, 'running');
      assert.deepEqual(seen?.labels, request.labels);
      const command = { args: harness.command({ exitCode: 0 }), timeoutMs: patient(20_000) };
      assert.deepEqual(await again.exec(request.id, command), { exitCode: 0 });
      const exit = await again.delete(request.id);
      assert.equal(exit?.exitCode, 128 + SIGKILL);
      await again.close();
    });

    it('is not started again while it runs, nor when it is not there', async () => {
      const { runtime } = suite();
      await rejectsWith(runtime.restart(suite().freshId()), 'not-found');
      const request = await suite().started({});
      await rejectsWith(runtime.restart(request.id), 'failed-precondition');
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.delete(request.id);
    });

    it('is started where an earlier restart got no further than making it', async () => {
      const { runtime } = suite();
      const request = await suite().request({});
      await runtime.create(request);
      await runtime.restart(request.id);
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.delete(request.id);
    });

    it('stays as it is when the caller had given up before', async () => {
      const { runtime } = suite();
      const request = await suite().started({});
      const events = await suite().listen();
      await runtime.signal(request.id, SIGKILL);
      await events.exitOf(request.id);
      await rejectsWith(runtime.restart(request.id, AbortSignal.abort()), 'aborted');
      assert.equal((await runtime.inspect(request.id))?.state, 'exited');
      await runtime.delete(request.id);
    });
  });
}

export function describeInput(suite: () => Suite): void {
  describe("a container's process", () => {
    it('has no terminal unless it is asked for', async () => {
      const request = await suite().request({ tellsTerminal: true, exitCode: 0 });
      await runToEnd(suite(), request);
      await suite().runtime.delete(request.id);
      assert.equal(await readFile(request.stdoutPath, 'utf8'), 'no terminal\n');
    });

    it('has a terminal, whose output goes on in the same file when it is started again', async () => {
      const { runtime } = suite();
      const request = await aTerminal(suite(), { tellsTerminal: true, stderr: 'an error\n', exitCode: 2 });
      const events = await suite().listen();
      await runtime.create(request);
      await runtime.start(request.id);
      assert.equal((await events.exitOf(request.id)).exit.exitCode, 2);
      await runtime.restart(request.id);
      assert.equal((await events.exitOf(request.id)).exit.exitCode, 2);
      await runtime.delete(request.id);
      const lines = (await readFile(request.stdoutPath, 'utf8')).replaceAll('\r\n', '\n').split('\n');
      assert.deepEqual(lines.sort(), ['', 'a terminal', 'a terminal', 'an error', 'an error']);
    });

    it('with a terminal goes on until it is killed', async () => {
      const { runtime } = suite();
      const request = await aTerminal(suite(), { tellsTerminal: true });
      await runtime.create(request);
      await runtime.start(request.id);
      await untilFileHas(request.stdoutPath, 'a terminal');
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      assert.equal((await runtime.delete(request.id))?.exitCode, 128 + SIGKILL);
    });

    it('finds the end of its input at once', async () => {
      const request = await suite().request({ readsInput: true, exitCode: 9 });
      assert.equal(await runToEnd(suite(), request), 9);
      await suite().runtime.delete(request.id);
    });

    it('waits for input where it was given one, also when it is started again', async () => {
      const { runtime, harness } = suite();
      const wanted = await suite().request({ readsInput: true, exitCode: 9 });
      const request = { ...wanted, stdinPath: `${wanted.stdoutPath}.input` };
      const events = await suite().listen();
      await runtime.create(request);
      await runtime.start(request.id);
      const command = { args: harness.command({ exitCode: 0 }), timeoutMs: patient(20_000) };
      // As long as a command takes it would have ended long ago.
      await runtime.exec(request.id, command);
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.signal(request.id, SIGKILL);
      assert.equal((await events.exitOf(request.id)).exit.exitCode, 128 + SIGKILL);
      await runtime.restart(request.id);
      await runtime.exec(request.id, command);
      assert.equal((await runtime.inspect(request.id))?.state, 'running');
      await runtime.delete(request.id);
    });
  });
}

async function aTerminal(suite: Suite, behaviour: WantedBehaviour): Promise<CreateContainerRequest> {
  const request = await suite.request(behaviour);
  const process = { ...request.spec.process, terminal: true };
  return { ...request, spec: { ...request.spec, process } };
}

/** Its exit code. */
async function runToEnd(suite: Suite, request: CreateContainerRequest): Promise<number> {
  const events = await suite.listen();
  await suite.runtime.create(request);
  await suite.runtime.start(request.id);
  return (await events.exitOf(request.id)).exit.exitCode;
}
