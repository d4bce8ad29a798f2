import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aContainerRequest } from '../../../test/support/containerd/container-request.ts';
import {
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../test/support/containerd/containerd-harness.ts';
import { containerdMissing } from '../../../test/support/containerd/private-containerd.ts';
import { seccompProfile } from '../../domain/oci/seccomp.ts';
import { processesWithArguments, signalProcess } from '../../linux/process-identity.ts';
import type { CreateContainerRequest, RuntimeEvent } from '../../ports/container-runtime.ts';
import { describeContainerRuntime } from '../../ports/testing/container-runtime-suite.ts';

const skip = containerdMissing('runsc') ?? false;
const open = () => openContainerdHarness({ handler: 'gvisor' });

describeContainerRuntime('ContainerRuntime: ContainerdRuntime with gVisor', open, { skip });

describe('a container under gVisor', { skip }, () => {
  let harness: ContainerdHarness;
  const ending = new AbortController();
  before(async () => {
    harness = await open();
  });
  after(async () => {
    ending.abort();
    await harness?.close();
  });

  const aRequest = async (script: string, resources = {}): Promise<CreateContainerRequest> => ({
    ...(await aContainerRequest({
      id: `${randomBytes(16).toString('hex')}-1`,
      args: ['/bin/sh', '-c', script],
      directory: join(harness.containerd.directory, 'containers'),
      lowerDirs: [harness.layer],
      cgroup: harness.cgroup,
      resources,
    })),
    handler: 'gvisor',
  });
  const started = async (request: CreateContainerRequest): Promise<number> => {
    const { pid } = await harness.runtime.create(request);
    await harness.runtime.start(request.id);
    return pid;
  };
  const listen = async (): Promise<AsyncIterator<RuntimeEvent>> => {
    const events = harness.runtime.events(ending.signal)[Symbol.asyncIterator]();
    await events.next();
    return events;
  };
  const untilExit = async (events: AsyncIterator<RuntimeEvent>): Promise<string[]> => {
    const seen: RuntimeEvent[] = [];
    while (seen.at(-1)?.type !== 'exit') seen.push((await events.next()).value as RuntimeEvent);
    return seen.map((event) => (event.type === 'exit' ? `exit ${event.exit.exitCode}` : event.type));
  };

  it('sees a kernel of its own, and keeps its filter of system calls', async () => {
    const wanted = await aRequest('busybox uname -r; busybox grep Seccomp: /proc/self/status');
    const linux = { ...wanted.spec.linux, seccomp: seccompProfile('amd64', []) };
    const events = await listen();
    await started({ ...wanted, spec: { ...wanted.spec, linux } });
    assert.deepEqual(await untilExit(events), ['exit 0']);
    await harness.runtime.delete(wanted.id);
    const [kernel, filter] = (await readFile(wanted.stdoutPath, 'utf8')).split('\n');
    assert.notEqual(kernel, release());
    assert.match(filter ?? '', /Seccomp:\s+2/);
  });

  it('is killed for want of memory, which is told', async () => {
    const request = await aRequest('x=aaaaaaaa; while :; do x=$x$x; done', {
      memory: { limit: 64 * 1024 * 1024 },
    });
    const events = await listen();
    await started(request);
    assert.deepEqual(await untilExit(events), ['oom', 'exit 137']);
    await harness.runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('ends with its sandbox, and leaves nothing', async () => {
    const request = await aRequest('sleep 1000');
    const events = await listen();
    process.kill(await started(request), 'SIGKILL');
    assert.deepEqual(await untilExit(events), ['exit 137']);
    await harness.runtime.restart(request.id);
    process.kill((await harness.runtime.inspect(request.id))?.pid ?? 0, 'SIGKILL');
    assert.deepEqual(await untilExit(events), ['exit 137']);
    await harness.runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('is removed when its sandbox hangs', async () => {
    const request = await aRequest('sleep 1000');
    process.kill(await started(request), 'SIGSTOP');
    assert.equal((await harness.runtime.delete(request.id))?.exitCode, 137);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('leaves nothing when its shim is killed', async () => {
    const request = await aRequest('sleep 1000');
    await started(request);
    const events = await listen();
    const { socket } = harness.containerd.managed.paths;
    const [shim] = await processesWithArguments(['-id', request.id, '-address', socket]);
    await signalProcess(shim ?? assert.fail('no shim'), 'SIGKILL');
    assert.deepEqual(await untilExit(events), ['exit 137']);
    await harness.runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });
});
