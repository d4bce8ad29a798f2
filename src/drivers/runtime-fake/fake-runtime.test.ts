import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aContainerRequest } from '../../../test/support/containerd/container-request.ts';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import {
  describeContainerRuntime,
  type WantedBehaviour,
} from '../../ports/testing/container-runtime-suite.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { environmentScript } from './environment-script.ts';
import { type FakeBehaviour, FakeRuntime } from './fake-runtime.ts';

describeContainerRuntime('ContainerRuntime: FakeRuntime', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
  const wanted = new Map<string, WantedBehaviour>();
  const runtime = new FakeRuntime({
    clock: new ManualClock(),
    script: ({ id }) => behaviourOf(wanted.get(id) ?? {}),
  });
  return {
    runtime,
    reopen: () => new Proxy(runtime, { get: (target, name) => reopened(target, name) }),
    request: (id, behaviour) => {
      wanted.set(id, behaviour);
      return aContainerRequest({ id, args: ['x'], directory, lowerDirs: ['/unused'], cgroup: '/unused' });
    },
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

function behaviourOf(wanted: WantedBehaviour): FakeBehaviour {
  return {
    ...(wanted.stdout !== undefined && { stdout: wanted.stdout }),
    ...(wanted.stderr !== undefined && { stderr: wanted.stderr }),
    ...(wanted.exitCode !== undefined && { exitCode: wanted.exitCode, runForMs: 0 }),
    ...(wanted.program === 'absent' && { startError: 'exec: "x": executable file not found in $PATH' }),
    ignoresSignals: wanted.endsOnTerm !== true,
  };
}

/** The same containers for another holder: its `close` ends nothing. */
function reopened(runtime: FakeRuntime, name: string | symbol): unknown {
  if (name === 'close') return () => Promise.resolve();
  const member: unknown = Reflect.get(runtime, name, runtime);
  return typeof member === 'function' ? member.bind(runtime) : member;
}
