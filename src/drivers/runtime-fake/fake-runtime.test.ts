import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aContainerRequest, aRequest } from '../../../test/support/containerd/container-request.ts';
import type { CreateContainerRequest, RuntimeEvent } from '../../ports/container-runtime.ts';
import { describeContainerRuntime } from '../../ports/testing/container-runtime-suite.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import type { WantedBehaviour, WantedCommand } from '../../ports/testing/runtime-harness.ts';
import { systemClock } from '../system/system-clock.ts';
import { environmentScript } from './environment-script.ts';
import { type FakeBehaviour, FakeRuntime } from './fake-runtime.ts';

const ABSENT = /executable file not found in \$PATH/;
const ABSENT_WORDS = 'exec: "x": executable file not found in $PATH';

describeContainerRuntime('ContainerRuntime: FakeRuntime', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
  const wanted = new Map<string, WantedBehaviour>();
  const runtime = new FakeRuntime({
    clock: systemClock,
    script: (request, run) => behaviourOf(request, run, wanted.get(request.id) ?? {}),
  });
  return {
    runtime,
    reopen: () => new Proxy(runtime, { get: (target, name) => reopened(target, name) }),
    request: (id, behaviour) => {
      wanted.set(id, behaviour);
      return aContainerRequest({ id, args: ['x'], directory, lowerDirs: ['/unused'], cgroup: '/unused' });
    },
    absentProgram: ABSENT,
    command: (command) => [JSON.stringify(command)],
    commandsIn: async (id) => runtime.commandsIn(id).flat(),
    killUnseen: (id) => runtime.interrupt(() => runtime.signal(id, 9)),
    leftovers: async () => (await runtime.list()).map(({ id }) => id),
    close: () => rm(directory, { recursive: true, force: true }),
  };
});

describe('FakeRuntime', () => {
  it('runs a container as long as its environment says', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const clock = new ManualClock();
    const runtime = new FakeRuntime({ clock, script: environmentScript });
    const id = `${'1'.repeat(32)}-1`;
    const env = ['FAKE_RUN_MS=500', 'FAKE_EXIT_CODE=7'];
    const request = { id, args: ['x'], directory, lowerDirs: ['/unused'], cgroup: '/unused', env };
    await runtime.create(await aContainerRequest(request));
    await runtime.start(id);
    clock.advance(499);
    assert.equal((await runtime.inspect(id))?.state, 'running');
    clock.advance(1);
    const events: RuntimeEvent[] = [];
    await runtime.inspect(id);
    assert.equal((await runtime.inspect(id))?.exit?.exitCode, 7);
    assert.deepEqual(events, []);
  });

  it('answers commands as its environment says', async () => {
    const runtime = new FakeRuntime({
      clock: new ManualClock(),
      script: environmentScript,
      writesOutput: false,
    });
    const ids = [1, 2].map((n) => `${'1'.repeat(32)}-${n}`);
    for (const [index, id] of ids.entries()) {
      await runtime.create(aRequestWithoutFiles(id, index === 0 ? ['FAKE_HEALTH_EXIT_CODE=1'] : []));
      await runtime.start(id);
    }
    const codes = await Promise.all(ids.map((id) => runtime.exec(id, { args: ['x'], timeoutMs: 1 })));
    assert.deepEqual(
      codes.map(({ exitCode }) => exitCode),
      [1, 0],
    );
  });

  it('touches no file where it is told so', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const script = () => ({
      stdout: 'out',
      stderr: 'err',
      runForMs: 0,
      exec: () => ({ exitCode: 0, output: 'x' }),
    });
    const runtime = new FakeRuntime({ clock: new ManualClock(), script, writesOutput: false });
    const id = `${'1'.repeat(32)}-1`;
    const request = aRequestWithoutFiles(id, []);
    await runtime.create({
      ...request,
      stdoutPath: join(directory, 'out'),
      stderrPath: join(directory, 'err'),
    });
    await runtime.start(id);
    await runtime.restart(id);
    assert.deepEqual(await readdir(directory), []);
  });

  it('asks its script anew for each run, and an earlier run ends no later one', async () => {
    const clock = new ManualClock();
    const script = (_: CreateContainerRequest, run: number) => ({ exitCode: run, runForMs: 100 * run });
    const runtime = new FakeRuntime({ clock, script, writesOutput: false });
    const id = `${'1'.repeat(32)}-1`;
    await runtime.create(aRequestWithoutFiles(id, []));
    await runtime.start(id);
    runtime.exit(id, 9);
    await runtime.restart(id);
    clock.advance(199);
    assert.equal((await runtime.inspect(id))?.state, 'running');
    clock.advance(1);
    await runtime.inspect(id);
    assert.equal((await runtime.inspect(id))?.exit?.exitCode, 2);
  });

  it('tells of a container that was killed for want of memory', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const runtime = new FakeRuntime({ clock: new ManualClock() });
    const id = `${'1'.repeat(32)}-1`;
    await runtime.create(
      await aContainerRequest({ id, args: ['x'], directory, lowerDirs: ['/unused'], cgroup: '/unused' }),
    );
    await runtime.start(id);
    const events = runtime.events(new AbortController().signal)[Symbol.asyncIterator]();
    runtime.oom(id);
    const types = [await events.next(), await events.next(), await events.next()].map(
      ({ value }) => (value as RuntimeEvent).type,
    );
    assert.deepEqual(types, ['resync', 'oom', 'exit']);
  });
});

function behaviourOf(request: CreateContainerRequest, run: number, wanted: WantedBehaviour): FakeBehaviour {
  const stdout = [
    wanted.countsRuns === true ? `run ${run}\n` : '',
    wanted.tellsTerminal === true ? `${request.spec.process.terminal ? 'a' : 'no'} terminal\n` : '',
    wanted.stdout ?? '',
  ];
  const waits = wanted.readsInput === true ? request.stdinPath !== undefined : wanted.exitCode === undefined;
  return {
    stdout: stdout.join(''),
    ...(wanted.stderr !== undefined && { stderr: wanted.stderr }),
    ...(!waits && { exitCode: wanted.exitCode ?? 0, runForMs: 0 }),
    ...(wanted.program === 'absent' && { startError: ABSENT_WORDS }),
    ignoresSignals: wanted.endsOnTerm !== true,
    exec: ([json = '{}']) => commandOf(JSON.parse(json) as WantedCommand),
  };
}

function commandOf(wanted: WantedCommand): ReturnType<NonNullable<FakeBehaviour['exec']>> {
  if (wanted.program === 'absent') return { error: ABSENT_WORDS };
  if (wanted.exitCode === undefined) return 'hang';
  return { exitCode: wanted.exitCode, output: (wanted.stdout ?? '') + (wanted.stderr ?? '') };
}

function aRequestWithoutFiles(id: string, env: readonly string[]): CreateContainerRequest {
  return aRequest({ id, args: ['x'], directory: '/unused', lowerDirs: ['/unused'], cgroup: '/unused', env });
}

/** The same containers for another holder: its `close` ends nothing. */
function reopened(runtime: FakeRuntime, name: string | symbol): unknown {
  if (name === 'close') return () => Promise.resolve();
  const member: unknown = Reflect.get(runtime, name, runtime);
  return typeof member === 'function' ? member.bind(runtime) : member;
}
