import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { beside } from '../../../../test/support/containerd/attacker.ts';
import {
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../../test/support/containerd/containerd-harness.ts';
import { containerdMissing } from '../../../../test/support/containerd/private-containerd.ts';
import { hasKind } from '../../../domain/errors.ts';
import type { Mount } from '../../../domain/oci/types.ts';
import type { ContainerRuntime, CreateContainerRequest } from '../../../ports/container-runtime.ts';

const SIGKILL = 9;
/** Where the runtime makes the mounts, one of three is led astray. */
const RUNS = 30;
/** Puts a link in place of a directory, and the directory again, without end. */
const SWAP = `cd "$1" && echo inside && while :; do rmdir nested; ln -sn / nested; sleep 0.02; rm -f nested; mkdir nested; sleep 0.02; done`;

describe('Volumes inside volumes', { skip: containerdMissing() ?? false }, () => {
  let harness: ContainerdHarness;
  let directory: string;
  before(async () => {
    harness = await openContainerdHarness();
    directory = harness.containerd.directory;
  });
  after(async () => {
    await harness?.close();
  });

  async function aVolume(files: Readonly<Record<string, string>> = {}): Promise<string> {
    const path = join(directory, randomBytes(8).toString('hex'));
    await mkdir(path);
    for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
    return path;
  }

  const bind = (source: string, destination: string, mode: 'ro' | 'rw' = 'rw'): Mount => ({
    ...{ destination, source, type: 'bind' },
    options: ['rbind', 'rprivate', mode],
  });

  async function aRequest(
    mounts: readonly Mount[],
    script: string,
    { cwd = '/', readonly = false, args = ['/bin/sh', '-c', script] } = {},
  ): Promise<CreateContainerRequest> {
    const request = await harness.request(`${randomBytes(16).toString('hex')}-1`, { stdout: '' });
    const { root, process } = request.spec;
    return {
      ...request,
      spec: {
        ...request.spec,
        root: { ...root, readonly },
        process: { ...process, args, cwd },
        mounts: [...request.spec.mounts, ...mounts],
      },
    };
  }

  async function ended(
    runtime: ContainerRuntime,
    { id, stdoutPath }: CreateContainerRequest,
  ): Promise<string[]> {
    while ((await runtime.inspect(id))?.state !== 'exited') await new Promise(setImmediate);
    return (await readFile(stdoutPath, 'utf8')).split('\n').filter((line) => line !== '');
  }

  it('are there when the program begins, and when it begins again', async () => {
    const outer = await aVolume({ outer: '' });
    const inner = await aVolume({ inner: 'inside\n' });
    const innermost = await aVolume({ innermost: 'read only\n' });
    const hosts = join(await aVolume({ hosts: 'a file\n' }), 'hosts');
    await mkdir(join(outer, 'v1'));
    await symlink('v1', join(outer, 'current'));
    const mounts = [
      bind(outer, '/data'),
      bind(inner, '/data/current/new/place'),
      bind(innermost, '/data/current/new/place/deep', 'ro'),
      bind(hosts, '/data/hosts'),
    ];
    const script = [
      'cd /data/v1/new/place && cat inner deep/innermost /data/hosts',
      'echo written >mine && (echo no >deep/mine) 2>/dev/null || echo refused',
    ].join('\n');
    const seen = ['inside', 'read only', 'a file', 'refused'];
    const { runtime } = harness;
    const request = await aRequest(mounts, script);
    await runtime.create(request);
    await runtime.start(request.id);
    assert.deepEqual(await ended(runtime, request), seen);
    await runtime.restart(request.id);
    assert.deepEqual(await ended(runtime, request), [...seen, ...seen]);
    await runtime.delete(request.id);
    assert.deepEqual(await readdir(inner), ['deep', 'inner', 'mine']);
    assert.deepEqual(await readdir(innermost), ['innermost']);
    assert.deepEqual(await readdir(outer), ['current', 'hosts', 'outer', 'v1']);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('may have the program in them and its working directory, in a root that is read-only', async () => {
    const inner = await aVolume({ tool: '#!/bin/sh\npwd; cat here\n', here: 'in the inner one\n' });
    await chmod(join(inner, 'tool'), 0o755);
    const mounts = [bind(await aVolume(), '/opt'), bind(inner, '/opt/app')];
    const request = await aRequest(mounts, '', { cwd: '/opt/app', readonly: true, args: ['/opt/app/tool'] });
    const { runtime } = harness;
    await runtime.create(request);
    await runtime.start(request.id);
    const seen = ['/opt/app', 'in the inner one'];
    assert.deepEqual(await ended(runtime, request), seen);
    await runtime.restart(request.id);
    assert.deepEqual(await ended(runtime, request), [...seen, ...seen]);
    await runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('are found again when the container has moved their way while it ran', async () => {
    const [one, other] = [await aVolume({ a: 'one\n' }), await aVolume({ a: 'other\n' })];
    const request = await aRequest(
      [bind(one, '/one'), bind(other, '/way/other')],
      'cat /way/other/a; ls /one; mv /way /gone && ln -s one /way',
    );
    const { runtime } = harness;
    await runtime.create(request);
    await runtime.start(request.id);
    assert.deepEqual(await ended(runtime, request), ['other', 'a']);
    await runtime.restart(request.id);
    assert.deepEqual(await ended(runtime, request), ['other', 'a', 'other', 'a', 'other']);
    await runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('are refused by their place where they cannot be', async () => {
    const outer = await aVolume({ file: '' });
    await symlink('file/below', join(outer, 'link'));
    const { runtime } = harness;
    for (const [place, reason] of [
      ['/data/file', /^cannot mount at \/data\/file: /],
      ['/data/link', /^cannot mount at \/data\/link: /],
    ] as const) {
      const request = await aRequest([bind(outer, '/data'), bind(await aVolume(), place)], 'true');
      await assert.rejects(runtime.create(request), (error: Error) => {
        assert.match(error.message, reason);
        return hasKind(error, 'invalid');
      });
    }
    assert.deepEqual(await harness.leftovers(), []);
  });

  /** What runc would go on with as the container's root: a /dev that leads out, and the link that led there. */
  async function aHostileVolume(victim: string): Promise<string> {
    const path = await aVolume();
    await symlink(victim, join(path, 'dev'));
    for (const name of ['proc', 'sys', 'data']) await mkdir(join(path, name));
    await symlink('/', join(path, 'data/nested'));
    return path;
  }

  /** True when a container came to run; false when its mounts were refused. */
  async function ranOrRefused(make: () => Promise<void>): Promise<boolean> {
    try {
      await make();
      return true;
    } catch (error) {
      assert.ok(hasKind(error, 'invalid'), String(error));
      return false;
    }
  }

  async function assertUntouched(victim: string): Promise<void> {
    assert.deepEqual(await readdir(victim), ['ptmx']);
    assert.equal(await readFile(join(victim, 'ptmx'), 'utf8'), 'of the machine');
    assert.deepEqual(await harness.leftovers(), []);
  }

  it('lead nowhere on the machine, whatever is swapped for a link while a container is made', async () => {
    const { runtime } = harness;
    const victim = await aVolume({ ptmx: 'of the machine' });
    const [shared, hostile] = [await aVolume(), await aHostileVolume(victim)];
    let ran = 0;
    await beside(SWAP, [shared], async () => {
      for (let run = 0; run < RUNS; run += 1) {
        const request = await aRequest([bind(shared, '/data'), bind(hostile, '/data/nested')], 'echo ran');
        const hasRun = await ranOrRefused(async () => {
          await runtime.create(request);
          await runtime.start(request.id);
        });
        if (hasRun) assert.deepEqual(await ended(runtime, request), ['ran']);
        ran += Number(hasRun);
        await runtime.delete(request.id);
      }
    });
    await assertUntouched(victim);
    assert.ok(ran > 0, 'not one of them was made');
  });

  it('nor while one is made again, by who still has the root of its last run', async () => {
    const { runtime } = harness;
    const victim = await aVolume({ ptmx: 'of the machine' });
    const hostile = await aHostileVolume(victim);
    let ran = 0;
    for (let run = 0; run < RUNS; run += 1) {
      const request = await aRequest([bind(hostile, '/data/nested')], 'sleep 1000');
      const { pid } = await runtime.create(request);
      await runtime.start(request.id);
      // As a container of the same PID namespace has it.
      await beside(SWAP, [`/proc/${pid}/root/data`], async () => {
        await killed(runtime, request);
        ran += Number(await ranOrRefused(() => runtime.restart(request.id)));
      });
      await killed(runtime, request);
      await runtime.delete(request.id);
    }
    await assertUntouched(victim);
    assert.ok(ran > 0, 'not one of them was made');
  });

  async function killed(runtime: ContainerRuntime, { id }: CreateContainerRequest): Promise<void> {
    if ((await runtime.inspect(id))?.state === 'running') await runtime.signal(id, SIGKILL);
    while ((await runtime.inspect(id))?.state === 'running') await new Promise(setImmediate);
  }
});
