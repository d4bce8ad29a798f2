import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aContainerRequest } from '../../../test/support/containerd/container-request.ts';
import {
  aBusyboxLayer,
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../test/support/containerd/containerd-harness.ts';
import {
  containerdMissing,
  startPrivateContainerd,
} from '../../../test/support/containerd/private-containerd.ts';
import { hasKind } from '../../domain/errors.ts';
import { mount, unmount } from '../../linux/mount.ts';
import type { CreateContainerRequest, RuntimeEvent } from '../../ports/container-runtime.ts';
import { processesWithArguments, signalProcess } from '../../linux/process-identity.ts';
import { ContainerdRuntime } from './containerd-runtime.ts';
import { shimSocketPath } from './shim-socket.ts';

describe('ContainerdRuntime when things go wrong', { skip: containerdMissing() ?? false }, () => {
  let harness: ContainerdHarness;
  const ending = new AbortController();
  before(async () => {
    harness = await openContainerdHarness();
  });
  after(async () => {
    ending.abort();
    await harness?.close();
  });
  const freshId = (): string => `${randomBytes(16).toString('hex')}-1`;
  const start = async (request: CreateContainerRequest): Promise<number> => {
    const { pid } = await harness.runtime.create(request);
    await harness.runtime.start(request.id);
    return pid;
  };
  const listen = async (): Promise<AsyncIterator<RuntimeEvent>> => {
    const events = harness.runtime.events(ending.signal)[Symbol.asyncIterator]();
    await events.next();
    return events;
  };

  const aMemoryHog = (resources: Record<string, unknown>) =>
    aContainerRequest({
      id: freshId(),
      args: ['/bin/sh', '-c', 'sleep 0.2; x=aaaaaaaa; while :; do x=$x$x; done'],
      directory: join(harness.containerd.directory, 'containers'),
      lowerDirs: [harness.layer],
      cgroup: harness.cgroup,
      resources,
    });

  it('goes on after containerd was killed', async () => {
    const { managed } = harness.containerd;
    const request = await harness.request(freshId(), {});
    const pid = await start(request);
    const events = await listen();
    await signalProcess((await managed.find()) ?? assert.fail(), 'SIGKILL');
    await managed.start();
    assert.deepEqual((await events.next()).value, { type: 'resync' });
    const found = await harness.runtime.inspect(request.id);
    assert.deepEqual({ state: found?.state, pid: found?.pid }, { state: 'running', pid });
    await harness.runtime.signal(request.id, 9);
    assert.equal(((await events.next()).value as RuntimeEvent).type, 'exit');
    assert.equal((await harness.runtime.delete(request.id))?.exitCode, 137);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('tells of the end of a container whose shim was killed, and clears up after it', async () => {
    const request = await harness.request(freshId(), {});
    await start(request);
    const events = await listen();
    const { socket } = harness.containerd.managed.paths;
    await stat(shimSocketPath(socket, 'neargate', request.taskId));
    const [shim] = await processesWithArguments(['-id', request.id, '-address', socket]);
    await signalProcess(shim ?? assert.fail('no shim'), 'SIGKILL');
    const event = (await events.next()).value as RuntimeEvent;
    assert.ok(event.type === 'exit' && event.id === request.id, JSON.stringify(event));
    await harness.runtime.delete(request.id);
    assert.equal(await harness.runtime.inspect(request.id), undefined);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('finds what is left of containers after the machine was switched off', async () => {
    const { managed } = harness.containerd;
    const request = await harness.request(freshId(), {});
    const pid = await start(request);
    const shims = await processesWithArguments(['-address', managed.paths.socket]);
    for (const victim of [(await managed.find()) ?? assert.fail(), ...shims]) {
      await signalProcess(victim, 'SIGKILL');
    }
    process.kill(pid, 'SIGKILL');
    await managed.start();
    const found = (await harness.runtime.list()).find(({ id }) => id === request.id);
    assert.equal(found?.state, 'absent');
    await harness.runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('says that there is no space when a container cannot be made for want of it, and leaves nothing', async () => {
    const small = join(harness.containerd.directory, 'small');
    await mkdir(small);
    await mount({ source: 'small', target: small, type: 'tmpfs', data: 'size=16m' });
    const full = await startPrivateContainerd(small);
    try {
      const runtime = new ContainerdRuntime(full);
      const request = await harness.request(freshId(), {});
      const filler = join(small, 'filler');
      await fill(filler);
      await assert.rejects(runtime.create(request), (error) => {
        return hasKind(error, 'failed-precondition') && error.details['errno'] === 'ENOSPC';
      });
      await rm(filler);
      await runtime.delete(request.id);
      assert.deepEqual(await runtime.list(), []);
    } finally {
      await full.close();
      await unmount(small);
    }
  });

  it('tells of a container that was killed for want of memory', async () => {
    const request = await aMemoryHog({ memory: { limit: 16 * 1024 * 1024 } });
    const events = await listen();
    await start(request);
    const seen: RuntimeEvent[] = [];
    while (seen.at(-1)?.type !== 'exit') seen.push((await events.next()).value as RuntimeEvent);
    assert.deepEqual(
      seen.map(({ type }) => type),
      ['oom', 'exit'],
    );
    assert.equal((await harness.runtime.delete(request.id))?.exitCode, 137);
  });

  it("tells only of the one that was killed when a task's limit is reached", async () => {
    const [tree, limit, none] = (await isDirectory('/sys/fs/cgroup/memory'))
      ? ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes', '-1']
      : ['/sys/fs/cgroup', 'memory.max', 'max'];
    const parent = `${tree}${harness.cgroup}`;
    await mkdir(parent, { recursive: true });
    await writeFile(`${parent}/${limit}`, String(32 * 1024 * 1024));
    const [bystander, victim] = [await harness.request(freshId(), {}), await aMemoryHog({})];
    const events = await listen();
    await start(bystander);
    await start(victim);
    const seen: RuntimeEvent[] = [];
    while (seen.at(-1)?.type !== 'exit') seen.push((await events.next()).value as RuntimeEvent);
    assert.deepEqual(
      seen.map((event) => (event.type === 'resync' ? event : [event.type, event.id])),
      [
        ['oom', victim.id],
        ['exit', victim.id],
      ],
    );
    // SIGTERM does nothing to it; its end is the next that is heard of it.
    await harness.runtime.delete(bystander.id);
    assert.equal(((await events.next()).value as RuntimeEvent).type, 'exit');
    await harness.runtime.delete(victim.id);
    await writeFile(`${parent}/${limit}`, none);
  });

  it('mounts an image of 127 layers', async () => {
    const parent = join(
      harness.containerd.directory,
      'root/io.containerd.snapshotter.v1.overlayfs/snapshots',
    );
    const lowerDirs = Array.from({ length: 126 }, (_, index) => join(parent, `9${index}`, 'fs'));
    await Promise.all(lowerDirs.map((path) => mkdir(path, { recursive: true })));
    lowerDirs.push(await aBusyboxLayer(join(parent, '1/fs')));
    const request = await aContainerRequest({
      id: freshId(),
      args: ['/bin/sh', '-c', 'exit 5'],
      directory: join(harness.containerd.directory, 'containers'),
      lowerDirs,
      cgroup: harness.cgroup,
    });
    const events = await listen();
    await start(request);
    const event = (await events.next()).value as RuntimeEvent;
    assert.ok(event.type === 'exit' && event.exit.exitCode === 5, JSON.stringify(event));
    await harness.runtime.delete(request.id);
  });
});

async function fill(path: string): Promise<void> {
  const piece = Buffer.alloc(64 * 1024);
  const more = async (): Promise<void> => {
    for (;;) await appendFile(path, piece);
  };
  await assert.rejects(more, { code: 'ENOSPC' });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
