/** The disk of a task as its containers have it: its size, its end, what counts against it, and who else may have it. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { open, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { buildLayer } from '../../src/cli/sample-image/image.ts';
import { file } from '../../src/cli/sample-image/tar.ts';
import { dataOf } from '../../src/linux/sparse-file.ts';
import { RUNTIMES } from '../support/neargate/runtimes.ts';
import { Scene } from '../support/neargate/scene.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** What the machine of these tests promises to tasks. */
const PROMISED_GIB = 130;
const DF = `df -P -m / | tail -n 1 | tr -s ' ' | cut -d' '`;
/** Takes all of the disk, without writing most of it. */
const FILL = `for size in 1G 1M; do while fallocate -l $size /full-$((n=n+1)) 2>/dev/null; do :; done; done
  dd if=/dev/zero of=/rest bs=64k 2>&1 | grep -o 'No space left on device'`;

describe('The disk of a task', () => {
  let scene: Scene;
  before(async () => {
    const { bavail, bsize } = await statfs(tmpdir());
    const overcommit = Math.max(0.1, (PROMISED_GIB * GIB) / (bavail * bsize));
    scene = await Scene.start(['--disk-overcommit', overcommit.toFixed(3), '--disk-free-percent', '0']);
  });
  after(() => scene?.close());

  const registered = (
    script: string,
    over: Partial<RegisterTaskDefinitionCommandInput> = {},
    image = scene.image,
  ): Promise<string> =>
    scene.register([scene.container('main', { image, command: ['sh', '-c', script], stopTimeout: 2 })], over);
  const output = async (arn: string): Promise<string[]> => {
    await scene.until(arn, 'STOPPED');
    return scene.output(arn, 'main');
  };
  const end = async (arn: string): Promise<void> => {
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  };

  it('has the size that the definition or RunTask asks for, within 1 %', async () => {
    const definition = await registered(`${DF} -f2`, { ephemeralStorage: { sizeInGiB: 21 } });
    const overrides = { ephemeralStorage: { sizeInGiB: 50 } };
    for (const [over, gib] of [
      [{}, 21],
      [{ overrides }, 50],
    ] as const) {
      const [mib] = await output(await scene.run(definition, over));
      assert.ok(Math.abs(Number(mib) / (gib * 1024) - 1) < 0.01, `${mib} MiB for ${gib} GiB`);
    }
  });

  it('holds the image, compressed and unpacked, and gives ENOSPC at its end to who writes, while another task goes on', async () => {
    const image = await scene.push('large', { layers: [buildLayer([file('large', randomBytes(32 * MIB))])] });
    const [full, other] = await Promise.all([
      // Its charge may be made while the container is.
      registered(
        `until [ $(${DF} -f3) -ge 64 ]; do sleep 0.1; done; ${DF} -f3; ${FILL}; du -cm /full-* /rest | tail -n 1
        rm /full-1; echo again > /more && cat /more; sleep 600`,
        {},
        image,
      ),
      registered('while dd if=/dev/zero of=/data bs=1M count=8 2>/dev/null; do echo $((n=n+1)); done'),
    ]);
    const tasks = [await scene.run(full), await scene.run(other)] as const;
    const [used, refusal, taken, after] = await scene.outputWith(tasks[0], 'main', /^again$/);
    assert.deepEqual([refusal, after], ['No space left on device', 'again']);
    assert.ok(Number(used) >= 64 && Number(used) < 75, `${used} MiB used`);
    const ended = Number(used) + Number.parseInt(taken ?? '', 10);
    // Nearer than the image is large.
    assert.ok(Math.abs(ended / (20 * 1024) - 1) < 0.0025, `it ended at ${ended} MiB`);
    const rounds = (await scene.output(tasks[1], 'main')).length;
    await scene.outputWith(tasks[1], 'main', new RegExp(`^${rounds + 5}$`));
    for (const arn of tasks) {
      assert.equal((await scene.describe(arn)).lastStatus, 'RUNNING');
      await end(arn);
    }
  });

  it('is promised no more often than the setting says, and can be had again after its task', async () => {
    const overrides = { ephemeralStorage: { sizeInGiB: 100 } };
    const definition = await registered('sleep 600');
    const first = await scene.run(definition, { overrides });
    await scene.until(first, 'RUNNING');
    const refused = await scene.until(await scene.run(definition, { overrides }), 'STOPPED');
    assert.equal(refused.stopCode, 'TaskFailedToStart');
    assert.match(refused.stoppedReason ?? '', /^Capacity is unavailable at this time/);
    await end(first);
    const second = await scene.run(definition, { overrides });
    await scene.until(second, 'RUNNING');
    await end(second);
  });
});

describe('The encrypted disk of a task', () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start(['--runtimes', RUNTIMES.join(','), '--disk-encryption', 'fscrypt']);
  });
  after(() => scene?.close());

  for (const runtime of RUNTIMES) {
    it(`holds nothing that can be read, and goes on when the agent is started again (${runtime})`, async () => {
      const words = 'words-of-a-task';
      const layer = buildLayer([file('volume/seed', 'seed\n')]);
      const image = await scene.push(`volumes-${runtime}`, {
        layers: [layer],
        config: { Volumes: { '/volume': {} } },
      });
      const script = `mkdir /d; mv /volume/seed /volume/moved; ln -s /${words} /link
        for at in /d /volume /v; do for i in 1 2 3 4 5 6 7 8 9; do echo ${words} >> $at/${words}; done; done; sync
        cat /volume/moved; readlink /link; echo written
        while sleep 0.2; do echo $((k=k+1)) $(cat /d/${words} /volume/${words} /v/${words} | wc -l); done`;
      const container = scene.container('main', {
        image,
        command: ['sh', '-c', script],
        mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }],
        stopTimeout: 2,
      });
      const definition = await scene.register([container], { volumes: [{ name: 'v' }] });
      const tags = [{ key: 'neargate:runtime', value: runtime }];
      const arn = await scene.run(definition, { tags });
      const lines = await scene.outputWith(arn, 'main', /^1 27$/);
      assert.deepEqual(lines.slice(0, 3), ['seed', `/${words}`, 'written']);
      const taskId = arn.slice(arn.lastIndexOf('/') + 1);
      assert.equal(await holds(join(scene.neargate.dataDir, 'disks', `${taskId}.img`), words), false);
      await scene.neargate.killAgent();
      const rounds = (await scene.output(arn, 'main')).length;
      await scene.outputWith(arn, 'main', new RegExp(`^${rounds + 5} 27$`));
      await scene.stop(arn);
      await scene.until(arn, 'STOPPED');
    });
  }
});

/** Whether the words are anywhere in the data of a file. */
async function holds(path: string, words: string): Promise<boolean> {
  const image = await open(path, 'r');
  try {
    for await (const { data } of dataOf(image)) if (data.includes(words)) return true;
    return false;
  } finally {
    await image.close();
  }
}
