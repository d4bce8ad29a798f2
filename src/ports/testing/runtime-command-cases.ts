/** Commands in running containers, for the suite of container runtimes. */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { describe, it } from 'node:test';
import type { CreateContainerRequest } from '../container-runtime.ts';
import type { WantedCommand } from './runtime-harness.ts';
import { rejectsWith } from './rejects-with.ts';
import type { Suite } from './runtime-suite.ts';
import { patient } from './patience.ts';

const SIGKILL = 9;
/** More than any command needs that ends by itself. */
const PLENTY_MS = patient(20_000);

export function describeCommands(suite: () => Suite): void {
  const exec = (id: string, command: WantedCommand, outputPath?: string) =>
    suite().runtime.exec(id, {
      args: suite().harness.command(command),
      timeoutMs: PLENTY_MS,
      ...(outputPath !== undefined && { outputPath }),
    });
  describe('a command in a container', () => {
    describeEnds(suite, exec);
    describeKilled(suite);

    it('writes to its own file, made anew each time', async () => {
      const container = await suite().started({});
      const path = `${container.stdoutPath}.command`;
      await exec(container.id, { stdout: 'a long first output\n', exitCode: 0 }, path);
      assert.equal(await readFile(path, 'utf8'), 'a long first output\n');
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      await exec(container.id, { stdout: 'out\n', stderr: 'err\n', exitCode: 0 }, path);
      const lines = (await readFile(path, 'utf8')).split('\n').sort();
      assert.deepEqual(lines, ['', 'err', 'out']);
      assert.equal(await readFile(container.stdoutPath, 'utf8'), '');
      await suite().runtime.delete(container.id);
    });

    it("is refused in the runtime's words when its program does not exist", async () => {
      const container = await suite().started({});
      const error = await rejectsWith(exec(container.id, { program: 'absent' }), 'invalid');
      assert.match(error.message, suite().harness.absentProgram);
      assert.deepEqual(await exec(container.id, { exitCode: 0 }), { exitCode: 0 });
      await suite().runtime.delete(container.id);
    });

    it('is refused by a container that does not run', async () => {
      const { runtime } = suite();
      await rejectsWith(exec(suite().freshId(), { exitCode: 0 }), 'not-found');
      const request = await suite().request({ exitCode: 0 });
      const events = await suite().listen();
      await runtime.create(request);
      await rejectsWith(exec(request.id, { exitCode: 0 }), 'failed-precondition');
      await runtime.start(request.id);
      await events.exitOf(request.id);
      await rejectsWith(exec(request.id, { exitCode: 0 }), 'failed-precondition');
      await runtime.delete(request.id);
    });
  });
}

type Exec = (id: string, command: WantedCommand) => Promise<{ readonly exitCode: number }>;

function describeEnds(suite: () => Suite, exec: Exec): void {
  it('ends with its exit code', async () => {
    const { id } = await suite().started({});
    assert.deepEqual(await exec(id, { exitCode: 0 }), { exitCode: 0 });
    assert.deepEqual(await exec(id, { exitCode: 3, stdout: 'to nowhere' }), { exitCode: 3 });
    await suite().runtime.delete(id);
  });

  it('ends by itself: its end is not that of the container', async () => {
    const { id } = await suite().started({});
    const events = await suite().listen();
    await exec(id, { exitCode: 5 });
    assert.equal((await suite().runtime.inspect(id))?.state, 'running');
    await suite().runtime.signal(id, SIGKILL);
    assert.equal((await events.exitOf(id)).exit.exitCode, 128 + SIGKILL);
    await suite().runtime.delete(id);
  });

  it('runs beside others in the same container', async () => {
    const { id } = await suite().started({});
    const codes = [0, 1, 2, 3, 4];
    const ends = await Promise.all(codes.map((exitCode) => exec(id, { exitCode })));
    assert.deepEqual(
      ends.map(({ exitCode }) => exitCode),
      codes,
    );
    await suite().runtime.delete(id);
  });

  it('ends with its container', async () => {
    const { runtime } = suite();
    const container = await suite().started({});
    const ended = startHanging(suite(), container);
    await suite().untilCommandRuns(container.id);
    await runtime.signal(container.id, SIGKILL);
    assert.deepEqual(await ended, { exitCode: 128 + SIGKILL });
    await runtime.delete(container.id);
  });
}

function describeKilled(suite: () => Suite): void {
  it('is killed when its time is over', async () => {
    const { runtime, harness } = suite();
    const { id } = await suite().started({});
    const request = { args: harness.command({ stdout: 'on and on' }), timeoutMs: 300 };
    await rejectsWith(runtime.exec(id, request), 'deadline');
    assert.deepEqual(await harness.commandsIn(id), []);
    assert.equal((await runtime.inspect(id))?.state, 'running');
    await runtime.delete(id);
  });

  it('is killed when its caller gives up', async () => {
    const { runtime, harness } = suite();
    const container = await suite().started({});
    const caller = new AbortController();
    const ended = startHanging(suite(), container, caller.signal);
    await suite().untilCommandRuns(container.id);
    caller.abort();
    await rejectsWith(ended, 'aborted');
    assert.deepEqual(await harness.commandsIn(container.id), []);
    const request = { args: harness.command({ exitCode: 0 }), timeoutMs: PLENTY_MS };
    await rejectsWith(runtime.exec(container.id, request, AbortSignal.abort()), 'aborted');
    await runtime.delete(container.id);
  });
}

function startHanging(
  { runtime, harness }: Suite,
  { id }: CreateContainerRequest,
  signal?: AbortSignal,
): Promise<{ readonly exitCode: number }> {
  const ended = runtime.exec(id, { args: harness.command({}), timeoutMs: PLENTY_MS }, signal);
  // It is looked at later.
  ended.catch(() => undefined);
  return ended;
}
