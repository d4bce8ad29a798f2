import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { aContainerRequest } from '../../../test/support/containerd/container-request.ts';
import {
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../test/support/containerd/containerd-harness.ts';
import { containerdMissing } from '../../../test/support/containerd/private-containerd.ts';
import { hasKind } from '../../domain/errors.ts';
import { punchHole } from '../../linux/punch-hole.ts';
import { processesWithArguments, signalProcess } from '../../linux/process-identity.ts';
import type { CreateContainerRequest, RuntimeEvent } from '../../ports/container-runtime.ts';
import { patient } from '../../ports/testing/patience.ts';

const SIGKILL = 9;

describe('processes of ContainerdRuntime', { skip: containerdMissing() ?? false }, () => {
  let harness: ContainerdHarness;
  const ending = new AbortController();
  before(async () => {
    harness = await openContainerdHarness();
  });
  after(async () => {
    ending.abort();
    await harness?.close();
  });

  const aRequest = (script: string): Promise<CreateContainerRequest> =>
    aContainerRequest({
      id: `${randomBytes(16).toString('hex')}-1`,
      args: ['/bin/sh', '-c', script],
      directory: join(harness.containerd.directory, 'containers'),
      lowerDirs: [harness.layer],
      cgroup: harness.cgroup,
      env: ['NAME=of the container'],
    });
  const started = async (request: CreateContainerRequest): Promise<void> => {
    await harness.runtime.create(request);
    await harness.runtime.start(request.id);
  };
  const listen = async (): Promise<AsyncIterator<RuntimeEvent>> => {
    const events = harness.runtime.events(ending.signal)[Symbol.asyncIterator]();
    await events.next();
    return events;
  };
  const outputOf = async (id: string, script: string): Promise<string> => {
    const outputPath = join(harness.containerd.directory, 'output of a command');
    const args = ['/bin/sh', '-c', script];
    await harness.runtime.exec(id, { args, outputPath, timeoutMs: patient(20_000) });
    return readFile(outputPath, 'utf8');
  };

  it('are alike: a command has the user, environment, directory, rights and limits of the container', async () => {
    const wanted = await aRequest('sleep 1000');
    const { process } = wanted.spec;
    const none = { effective: [], permitted: [], inheritable: [], ambient: [] };
    await started({
      ...wanted,
      spec: {
        ...wanted.spec,
        process: {
          ...process,
          user: { uid: 1234, gid: 2345, additionalGids: [77] },
          cwd: '/etc',
          capabilities: { ...none, bounding: ['CAP_CHOWN'] },
          rlimits: [{ type: 'RLIMIT_NOFILE', soft: 456, hard: 456 }],
        },
      },
    });
    const output = await outputOf(
      wanted.id,
      'busybox id; echo "$NAME"; pwd; ulimit -n; busybox grep -E "CapBnd|NoNew" /proc/self/status; test -t 0 || echo no terminal',
    );
    assert.deepEqual(output.replaceAll('\t', ' ').split('\n'), [
      'uid=1234 gid=2345 groups=77',
      'of the container',
      '/etc',
      '456',
      'CapBnd: 0000000000000001',
      'NoNewPrivs: 1',
      'no terminal',
      '',
    ]);
    await harness.runtime.delete(wanted.id);
  });

  it('leave what a command started, when it ended by itself, to the container', async () => {
    const request = await aRequest('sleep 1000');
    await started(request);
    await harness.runtime.exec(request.id, {
      args: ['/bin/sh', '-c', 'sleep 777 &'],
      timeoutMs: patient(20_000),
    });
    assert.match(await outputOf(request.id, 'busybox ps -o args'), /^sleep 777$/m);
    await harness.runtime.delete(request.id);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('read what is written to their input, and do not see its end', async () => {
    const wanted = await aRequest('read line; echo "read $line"; read line; echo "read $line"; sleep 1000');
    const request = { ...wanted, stdinPath: `${wanted.stdoutPath}.input` };
    const events = await listen();
    await started(request);
    assert.equal((await stat(request.stdinPath)).mode & 0o777, 0o600);
    for (const line of ['one', 'two']) {
      const input = await open(request.stdinPath, 'w');
      await input.write(`${line}\n`);
      await input.close();
    }
    assert.equal(
      await outputOf(request.id, 'until busybox ps -o args | busybox grep -q "^sleep 1000"; do :; done'),
      '',
    );
    await harness.runtime.signal(request.id, SIGKILL);
    await events.next();
    await harness.runtime.delete(request.id);
    assert.equal(await readFile(request.stdoutPath, 'utf8'), 'read one\nread two\n');
  });

  it('write all that they wrote to a terminal before they are gone', async () => {
    const wanted = await aRequest('busybox seq 1 20000');
    const process = { ...wanted.spec.process, terminal: true };
    const stdoutPath = `${wanted.stdoutPath} & it's more`;
    const request = { ...wanted, stdoutPath, spec: { ...wanted.spec, process } };
    const events = await listen();
    await started(request);
    await events.next();
    await harness.runtime.restart(request.id);
    await events.next();
    await harness.runtime.delete(request.id);
    const lines = (await readFile(stdoutPath, 'utf8')).trimEnd().split('\r\n');
    assert.equal(lines.length, 40_000);
    assert.deepEqual([lines[0], lines[19_999], lines[20_000], lines.at(-1)], ['1', '20000', '1', '20000']);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('wait with their output while too much of it is there, and lose nothing of it', async () => {
    const all = 160 * 2 ** 20;
    const wanted = await aRequest(`busybox head -c ${all} /dev/zero; echo done >&2`);
    const request = { ...wanted, outputLimitBytes: 2 ** 20 };
    const events = await listen();
    await started(request);
    const written = async (): Promise<number> => (await stat(request.stdoutPath)).size;
    while ((await written()) < 2 ** 20) await delay(10);
    // Commands take their time, in which all would be there if nothing held it up.
    for (let times = 0; times < 3; times += 1) await outputOf(request.id, 'echo');
    // The limit, and what is copied between two looks.
    assert.ok((await written()) <= 66 * 2 ** 20, `${await written()}`);
    assert.equal(await readFile(request.stderrPath, 'utf8'), '');
    // As whoever takes output away gives the room back.
    for (let size = 0; (size = await written()) < all; await delay(10)) {
      await punchHole(request.stdoutPath, 0, size - (size % 65_536));
    }
    await events.next();
    await harness.runtime.delete(request.id);
    assert.equal(await written(), all);
    assert.equal(await readFile(request.stderrPath, 'utf8'), 'done\n');
    assert.deepEqual(await harness.leftovers(), []);
  });

  it('are started again after their shim was killed, and after containerd was', async () => {
    const { managed } = harness.containerd;
    const request = await aRequest('echo . >>/runs; busybox wc -l </runs; sleep 1000');
    const events = await listen();
    await started(request);
    const untilRan = async (times: number): Promise<void> => {
      while (!(await readFile(request.stdoutPath, 'utf8')).endsWith(`${times}\n`)) await delay(10);
    };
    await untilRan(1);
    const [shim] = await processesWithArguments(['-id', request.id, '-address', managed.paths.socket]);
    await signalProcess(shim ?? assert.fail('no shim'), 'SIGKILL');
    await events.next();
    await harness.runtime.restart(request.id);
    await untilRan(2);
    await signalProcess((await managed.find()) ?? assert.fail('no containerd'), 'SIGKILL');
    await managed.start();
    assert.equal(((await events.next()).value as RuntimeEvent).type, 'resync');
    await harness.runtime.signal(request.id, SIGKILL);
    assert.equal(((await events.next()).value as RuntimeEvent).type, 'exit');
    await harness.runtime.restart(request.id);
    await harness.runtime.delete(request.id);
    assert.match(await readFile(request.stdoutPath, 'utf8'), /^1\n2\n(3\n)?$/);
    assert.deepEqual(await harness.leftovers(), []);
  });

  it("tell the runtime's words when they cannot be started again, and can be removed", async () => {
    const request = await aRequest('busybox rm -f /bin/sh');
    const events = await listen();
    await started(request);
    await events.next();
    await assert.rejects(harness.runtime.restart(request.id), (error) => {
      assert.ok(hasKind(error, 'invalid'), String(error));
      assert.match(error.message, /no such file or directory/);
      return true;
    });
    await harness.runtime.delete(request.id);
    assert.equal(await harness.runtime.inspect(request.id), undefined);
    assert.deepEqual(await harness.leftovers(), []);
  });
});
