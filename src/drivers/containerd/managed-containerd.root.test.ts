import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openContainerdHarness } from '../../../test/support/containerd/containerd-harness.ts';
import { containerdMissing, SILENT } from '../../../test/support/containerd/private-containerd.ts';
import { hasKind } from '../../domain/errors.ts';
import { ContainerdClient } from './grpc/containerd-client.ts';
import { isMountPoint } from '../../linux/mount-table.ts';
import { HiddenSpecs } from './hidden-specs.ts';
import { ManagedContainerd } from './managed-containerd.ts';
import { readIdentity } from '../../linux/process-identity.ts';
import { patient } from '../../ports/testing/patience.ts';
import { randomBytes } from 'node:crypto';

const STARTER = fileURLToPath(new URL('../../../test/support/containerd/start-and-wait.js', import.meta.url));

describe('ManagedContainerd', { skip: containerdMissing() ?? false }, () => {
  let directory: string;
  let managed: ManagedContainerd;
  const make = (binary?: string) =>
    new ManagedContainerd({
      directory: join(directory, 'c'),
      log: SILENT,
      ...(binary !== undefined && { binary }),
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ng-test-'));
    managed = make();
  });
  afterEach(async () => {
    await managed.destroy();
    await rm(directory, { recursive: true, force: true });
  });

  it('starts a containerd whose files only root can read', async () => {
    const running = await managed.start();
    assert.equal(running.adopted, false);
    assert.match(running.version, /^v?\d+\.\d+/);
    assert.equal((await stat(join(directory, 'c'))).mode & 0o777, 0o700);
    for (const path of [managed.paths.log, managed.paths.config, managed.paths.pidFile]) {
      assert.equal((await stat(path)).mode & 0o777, 0o600, path);
    }
  });

  it('adopts the one that runs already', async () => {
    const first = await managed.start();
    const second = await make().start();
    assert.deepEqual(second, { ...first, adopted: true });
  });

  it('starts anew after it was stopped, with the same data', async () => {
    const first = await managed.start();
    await managed.stop();
    await managed.stop();
    assert.equal(await readIdentity(first.pid), undefined);
    const second = await managed.start();
    assert.equal(second.adopted, false);
    assert.notEqual(second.pid, first.pid);
  });

  it('leaves no mount when it is stopped for good, whatever is on it', async () => {
    await managed.start();
    const specs = new HiddenSpecs(managed.paths.specs);
    await specs.put('task-1', '{}');
    // Of a command whose shim was killed while it began.
    await writeFile(join(managed.paths.specs, 'runc-process'), 'secret');
    await specs.remove('task-1');
    assert.equal(await isMountPoint(managed.paths.specs), true);
    await managed.stopForGood();
    assert.equal(await isMountPoint(managed.paths.specs), false);
    await managed.stopForGood();
  });

  it('outlives whoever started it', async () => {
    const starter = spawn(process.execPath, [STARTER, join(directory, 'c')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(starter.stdout, 'data')) as [Buffer];
    starter.kill('SIGKILL');
    await once(starter, 'close');
    const running = await managed.start();
    assert.deepEqual({ pid: running.pid, adopted: running.adopted }, { pid: Number(line), adopted: true });
  });

  it('finds it without its pid file', async () => {
    const { pid } = await managed.start();
    await rm(managed.paths.pidFile);
    assert.equal((await make().find())?.pid, pid);
  });

  it('does not take another process for it whose pid is in the file', async () => {
    const { pid } = await managed.start();
    await managed.stop();
    await writeFile(managed.paths.pidFile, `${process.pid} 1\n`);
    const again = await managed.start();
    assert.equal(again.adopted, false);
    assert.notEqual(again.pid, pid);
    assert.notEqual(again.pid, process.pid);
  });

  it('is started again when it was killed', async (t) => {
    const { pid } = await managed.start();
    const ending = new AbortController();
    t.after(() => ending.abort());
    const supervision = managed.supervise(ending.signal);
    process.kill(pid, 'SIGKILL');
    const client = new ContainerdClient({ socketPath: managed.paths.socket, namespace: 'x' });
    t.after(() => client.close());
    const deadline = AbortSignal.timeout(patient(20_000));
    let found = await managed.find();
    while (found === undefined || found.pid === pid) {
      deadline.throwIfAborted();
      await sleep(50);
      found = await managed.find();
    }
    ending.abort();
    await supervision;
    await managed.start();
    await client.call('version', {});
  });

  it('says what is wrong with a directory that is too deep for a socket', () => {
    const deep = join(directory, 'x'.repeat(100));
    assert.throws(
      () => new ManagedContainerd({ directory: deep, log: SILENT }),
      (error) => hasKind(error, 'invalid') && /a data directory with a shorter path/.test(error.message),
    );
  });

  it('says not-found when the program is not installed', async () => {
    await assert.rejects(make('no-such-containerd').start(), (error) => hasKind(error, 'not-found'));
  });

  it('passes on the log of one that does not come up', async () => {
    await writeFile(join(directory, 'broken'), '#!/bin/sh\necho no way >&2\nexit 1\n', { mode: 0o755 });
    await assert.rejects(
      make(join(directory, 'broken')).start(),
      (error) => hasKind(error, 'unavailable') && /no way/.test(error.message),
    );
  });
});

describe('ManagedContainerd with containers', { skip: containerdMissing() ?? false }, () => {
  it('leaves nothing when it is destroyed, not even containers that were forgotten', async () => {
    const harness = await openContainerdHarness();
    try {
      const request = await harness.request(`${randomBytes(16).toString('hex')}-1`, {});
      const { pid } = await harness.runtime.create(request);
      await harness.runtime.start(request.id);
      await harness.containerd.managed.destroy();
      assert.equal(await readIdentity(pid), undefined);
      const left = await harness.leftovers();
      assert.deepEqual(
        left.filter((what) => !what.startsWith('/sys/fs/cgroup/')),
        [],
      );
      assert.equal((await readFile('/proc/self/mountinfo', 'utf8')).includes(request.id), false);
    } finally {
      await harness.close();
    }
  });
});
