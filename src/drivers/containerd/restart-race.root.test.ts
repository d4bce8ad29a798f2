import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { beside } from '../../../test/support/containerd/attacker.ts';
import {
  type ContainerdHarness,
  openContainerdHarness,
} from '../../../test/support/containerd/containerd-harness.ts';
import { containerdMissing } from '../../../test/support/containerd/private-containerd.ts';

const SIGKILL = 9;
/** Without a defence, each of them is hit as often as not. */
const RUNS = 10;
/** Puts a link in place of /dev, and takes it away, again and again. */
const SWAP = 'cd "$1" && echo inside && while :; do rm -rf dev; ln -sn "$2" dev; done';

describe('A container that is started again', { skip: containerdMissing() ?? false }, () => {
  let harness: ContainerdHarness;
  before(async () => {
    harness = await openContainerdHarness();
  });
  after(async () => {
    await harness?.close();
  });

  it('has its files, and its /dev, whatever is done by who still has the root of its last run', async () => {
    const { runtime } = harness;
    const request = await harness.request(`${randomBytes(16).toString('hex')}-1`, { countsRuns: true });
    const victim = join(harness.containerd.directory, 'victim');
    await mkdir(victim);
    await writeFile(join(victim, 'ptmx'), 'of the machine');
    await runtime.create(request);
    await runtime.start(request.id);
    for (let run = 2; run <= RUNS; run += 1) {
      const { pid } = (await runtime.inspect(request.id)) ?? {};
      // As a container of the same PID namespace has it.
      await beside(SWAP, [`/proc/${pid}/root`, victim], async () => {
        await runtime.signal(request.id, SIGKILL);
        while ((await runtime.inspect(request.id))?.state !== 'exited') await new Promise(setImmediate);
        await runtime.restart(request.id);
      });
    }
    await runtime.delete(request.id);
    assert.deepEqual(await readdir(victim), ['ptmx']);
    assert.equal(await readFile(join(victim, 'ptmx'), 'utf8'), 'of the machine');
    assert.match(await readFile(request.stdoutPath, 'utf8'), new RegExp(`run ${RUNS}\\s*$`));
    assert.deepEqual(await harness.leftovers(), []);
  });
});
