import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../test/support/containerd/containerd-harness.ts';
import { RUNTIMES } from '../../../test/support/neargate/runtimes.ts';
import { mountsBelow } from '../../linux/mount-table.ts';
import type { CreateContainerRequest } from '../../ports/container-runtime.ts';
import { patient } from '../../ports/testing/patience.ts';

const SECRET = `hidden-${randomBytes(12).toString('hex')}`;
const TASK = randomBytes(16).toString('hex');
const PRINTS = ['/bin/sh', '-c', 'busybox printf "%s\n" "$TOLD" | busybox md5sum; test -n "$PLAIN"'];

for (const handler of RUNTIMES) {
  describe(`a container with a secret variable on ${handler}`, () => {
    let harness: ContainerdHarness;
    before(async () => {
      harness = await openContainerdHarness({ handler });
    });
    after(() => harness.close());

    const aRequest = async (digits: string, args: readonly string[]): Promise<CreateContainerRequest> => {
      const request = await harness.request(`${TASK}-${digits}`, {});
      const env = [...request.spec.process.env, `TOLD=${SECRET}`, 'PLAIN=plain'];
      const process = { ...request.spec.process, args: [...args], env };
      return { ...request, spec: { ...request.spec, process }, secretVariables: ['TOLD'] };
    };

    it('has it at each start, and no disk has', async () => {
      const { runtime } = harness;
      const request = await aRequest('0000000001', PRINTS);
      for (const start of ['first', 'again']) {
        if (start === 'first') {
          await runtime.create(request);
          assert.deepEqual(await filesWithSecret(harness.containerd.directory), []);
          await runtime.start(request.id);
        } else await harness.reopen().restart(request.id);
        await exited(harness, request.id);
        assert.equal((await runtime.inspect(request.id))?.exit?.exitCode, 0);
      }
      assert.deepEqual(await filesWithSecret(harness.containerd.directory), []);
      const sum = sumOf(`${SECRET}\n`);
      assert.deepEqual((await readFile(request.stdoutPath, 'utf8')).split('\n'), [sum, sum, '']);
      await runtime.delete(request.id);
    });

    it('has it in its commands too, and its memory goes with it', async () => {
      const { runtime } = harness;
      const { specs } = harness.containerd.managed.paths;
      const request = await aRequest('0000000002', ['/bin/sleep', '1000']);
      await runtime.create(request);
      await runtime.start(request.id);
      const outputPath = `${request.stdoutPath}.command`;
      const { exitCode } = await runtime.exec(request.id, {
        args: PRINTS,
        outputPath,
        timeoutMs: patient(20_000),
      });
      assert.equal(exitCode, 0);
      assert.equal(await readFile(outputPath, 'utf8'), `${sumOf(`${SECRET}\n`)}\n`);
      assert.deepEqual(await readdir(specs), [`${request.id}.json`]);
      assert.equal((await stat(specs)).mode & 0o777, 0o700);
      await runtime.delete(request.id);
      assert.deepEqual(await readdir(specs), []);
      const mounts = await mountsBelow(harness.containerd.directory);
      assert.ok(!mounts.includes(specs));
    });
  });
}

/** On the disk itself: what is mounted below the directory is memory, or a container's own view. */
async function filesWithSecret(directory: string): Promise<string[]> {
  const run = promisify(execFile);
  const { stdout } = await run(
    'find',
    [directory, '-xdev', '-type', 'f', '-exec', 'grep', '-laF', SECRET, '{}', '+'],
    {
      maxBuffer: 1e7,
    },
  ).catch((error: { stdout?: string; code?: unknown }) => {
    // grep ends with 1 where it finds nothing.
    if (error.code !== 1) throw error;
    return { stdout: error.stdout ?? '' };
  });
  return stdout.split('\n').filter((line) => line !== '');
}

async function exited(harness: ContainerdHarness, id: string): Promise<void> {
  const signal = AbortSignal.timeout(patient(20_000));
  for await (const event of harness.runtime.events(signal)) {
    if (event.type === 'exit' && event.id === id) return;
    if (event.type === 'resync' && (await harness.runtime.inspect(id))?.state === 'exited') return;
  }
  throw new Error('the container did not end in time');
}

function sumOf(text: string): string {
  return `${createHash('md5').update(text).digest('hex')}  -`;
}
