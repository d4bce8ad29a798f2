import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../test/support/containerd/containerd-harness.ts';
import { startOrphanShim } from '../../../test/support/containerd/orphan-shim.ts';
import { containerdMissing, SILENT } from '../../../test/support/containerd/private-containerd.ts';
import { rejectsWith } from '../../ports/testing/rejects-with.ts';
import {
  isRunning,
  processesWithArguments,
  readIdentity,
  type ProcessIdentity,
  signalProcess,
} from '../../linux/process-identity.ts';
import type { RuntimeEvent } from '../../ports/container-runtime.ts';
import { patient } from '../../ports/testing/patience.ts';
import { bundlePath } from './leftover-containers.ts';
import { killOrphanShims } from './shim-process.ts';

const SIGTERM = 15;
/** For what must come to an end by itself. */
const BOUND_MS = patient(15_000);

describe('ContainerdRuntime when a shim does not answer', { skip: containerdMissing() ?? false }, () => {
  let harness: ContainerdHarness;
  const frozen: ProcessIdentity[] = [];
  const ending = new AbortController();
  before(async () => {
    harness = await openContainerdHarness();
  });
  after(async () => {
    ending.abort();
    for (const shim of frozen) await signalProcess(shim, 'SIGCONT');
    await harness?.close();
  });
  const freshTask = (): string => randomBytes(16).toString('hex');
  const started = async (id: string): Promise<number> => {
    const request = await harness.request(id, {});
    const { pid } = await harness.runtime.create(request);
    await harness.runtime.start(request.id);
    return pid;
  };
  const freezeShimOf = async (id: string): Promise<ProcessIdentity> => {
    const { socket } = harness.containerd.managed.paths;
    const [shim] = await processesWithArguments(['-id', id, '-address', socket]);
    if (shim === undefined) return assert.fail('no shim');
    frozen.push(shim);
    await signalProcess(shim, 'SIGSTOP');
    return shim;
  };

  it('gives up making a container with its signal, and removes all of the task', async () => {
    const task = freshTask();
    const [first, second] = [`${task}-1`, `${task}-2`];
    const pid = await started(first);
    const shim = await freezeShimOf(first);
    const request = await harness.request(second, {});
    await within(BOUND_MS, rejectsWith(harness.runtime.create(request, AbortSignal.timeout(300)), 'aborted'));
    const events = harness.runtime.events(ending.signal)[Symbol.asyncIterator]();
    await events.next();
    await within(BOUND_MS, Promise.all([harness.runtime.delete(second), harness.runtime.delete(first)]));
    assert.equal(await isRunning(shim), false);
    assert.equal(await readIdentity(pid), undefined);
    await within(BOUND_MS, untilExitOf(first, events));
    assert.deepEqual(await harness.runtime.list(), []);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('tells of the ends of those that shared it with a container that is removed', async () => {
    const task = freshTask();
    const [removed, sibling] = [`${task}-1`, `${task}-2`];
    await started(removed);
    await started(sibling);
    const events = harness.runtime.events(ending.signal)[Symbol.asyncIterator]();
    await events.next();
    await freezeShimOf(removed);
    await within(BOUND_MS, harness.runtime.delete(removed));
    await within(BOUND_MS, untilExitOf(sibling, events));
    assert.equal((await harness.runtime.inspect(sibling))?.state, 'absent');
    await harness.runtime.delete(sibling);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('answers what it knows meanwhile: containers run until their end is told', async () => {
    const [stuck, other] = [`${freshTask()}-1`, `${freshTask()}-1`];
    await started(stuck);
    await started(other);
    await freezeShimOf(stuck);
    const { runtime } = harness;
    const command = { args: harness.command({ exitCode: 0 }), timeoutMs: 500 };
    const asked = Promise.all([
      runtime.inspect(stuck),
      runtime.list(),
      rejectsWith(runtime.signal(stuck, SIGTERM), 'deadline'),
      rejectsWith(runtime.exec(stuck, command), 'deadline'),
      rejectsWith(runtime.restart(stuck), 'deadline'),
    ]);
    const [inspected, listed] = await within(BOUND_MS, asked);
    assert.equal(inspected?.state, 'running');
    assert.deepEqual(
      new Map(listed.map(({ id, state }) => [id, state])),
      new Map([
        [stuck, 'running'],
        [other, 'running'],
      ]),
    );
    await within(BOUND_MS, Promise.all([runtime.delete(stuck), runtime.delete(other)]));
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('is spared by giving up: what is being made is made to its end, and then removed', async () => {
    for (const ms of [1, 5, 10, 20, 30, 40, 50, 60]) {
      const request = await harness.request(`${freshTask()}-1`, {});
      await harness.runtime.create(request, AbortSignal.timeout(ms)).catch(() => undefined);
      await within(BOUND_MS, harness.runtime.delete(request.id));
      assert.equal(await harness.runtime.inspect(request.id), undefined);
      assert.deepEqual(await harness.leftovers(), [], `given up after ${ms} ms`);
    }
  });

  it('lists many that do not answer in the time of one', async () => {
    const ids = Array.from({ length: 4 }, () => `${freshTask()}-1`);
    for (const id of ids) await started(id);
    const took = async (work: Promise<unknown>): Promise<number> => {
      const began = performance.now();
      await work;
      return performance.now() - began;
    };
    const [one = '', ...others] = ids;
    await freezeShimOf(one);
    const ofOne = await took(harness.runtime.list());
    for (const id of others) await freezeShimOf(id);
    const listing = harness.runtime.list();
    const ofAll = await took(within(BOUND_MS, listing));
    assert.ok(ofAll < 2.5 * ofOne, `${ofOne} ms with one, ${ofAll} ms with ${ids.length}`);
    const listed = await listing;
    assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set(ids));
    await within(BOUND_MS, Promise.all(ids.map((id) => harness.runtime.delete(id))));
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('ends with the first container that is removed, when containerd was killed and has forgotten all', async () => {
    const { managed } = harness.containerd;
    const task = freshTask();
    const [first, second] = [`${task}-1`, `${task}-2`];
    await started(first);
    const shim = await freezeShimOf(first);
    const making = harness.runtime.create(await harness.request(second, {}));
    making.catch(() => undefined);
    await untilThere(bundlePath(managed.paths.state, 'neargate', second));
    await signalProcess((await managed.find()) ?? assert.fail(), 'SIGKILL');
    await managed.start();
    await assert.rejects(making);
    assert.equal(await isRunning(shim), true);
    await within(BOUND_MS, harness.runtime.delete(first));
    assert.equal(await isRunning(shim), false);
    await within(BOUND_MS, harness.runtime.delete(second));
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('is killed as an orphan when none of its containers is on record', async () => {
    const { client, managed } = harness.containerd;
    const id = `${freshTask()}-1`;
    await started(id);
    const ofOurs = await freezeShimOf(id);
    const orphan = await startOrphanShim(managed.paths.socket);
    const ofAnother = await startOrphanShim(`${managed.paths.socket}.another`);
    try {
      await within(BOUND_MS, killOrphanShims(client, SILENT));
      assert.equal(await isRunning(orphan.identity), false);
      assert.equal(existsSync(orphan.shimSocket), false);
      assert.equal(await isRunning(ofOurs), true);
      assert.equal(await isRunning(ofAnother.identity), true);
    } finally {
      await orphan.end();
      await ofAnother.end();
    }
    await within(BOUND_MS, harness.runtime.delete(id));
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('starts a container again once its shim answers no more and was given up', async () => {
    const id = `${freshTask()}-1`;
    await started(id);
    const events = harness.runtime.events(ending.signal)[Symbol.asyncIterator]();
    await events.next();
    const shim = await freezeShimOf(id);
    await signalProcess(shim, 'SIGKILL');
    await within(BOUND_MS, events.next());
    await harness.runtime.restart(id);
    assert.equal((await harness.runtime.inspect(id))?.state, 'running');
    await harness.runtime.delete(id);
    assert.deepEqual(await harness.leftovers(), []);
  });
});

async function untilThere(path: string): Promise<void> {
  const deadline = AbortSignal.timeout(BOUND_MS);
  while (!existsSync(path)) await sleep(5, undefined, { signal: deadline });
}

async function untilExitOf(id: string, events: AsyncIterator<RuntimeEvent>): Promise<void> {
  for (;;) {
    const event = (await events.next()).value as RuntimeEvent;
    if (event.type === 'exit' && event.id === id) return;
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
