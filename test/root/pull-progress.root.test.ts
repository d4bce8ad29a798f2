import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { buildLayer, type BuiltImage } from '../../src/cli/sample-image/image.ts';
import { buildSampleImage } from '../../src/cli/sample-image/sample.ts';
import { file } from '../../src/cli/sample-image/tar.ts';
import { containerdMissing } from '../support/containerd/private-containerd.ts';
import { PROGRAM } from '../support/neargate/instance.ts';
import { Scene } from '../support/neargate/scene.ts';
import { FakeRegistry } from '../support/registry/fake-registry.ts';
import { registryMissing } from '../support/registry/registry.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const REGISTRY = 'slow.test:5000';
const skip = containerdMissing() ?? (await registryMissing()) ?? false;
const run = promisify(execFile);

describe('The progress of a pull', { skip, timeout: patient(120_000) }, () => {
  let scene: Scene;
  let registry: FakeRegistry;
  let image: BuiltImage;
  let letGo: () => void = () => undefined;

  before(async () => {
    registry = await FakeRegistry.start();
    scene = await Scene.start(['--registries', `${REGISTRY}=${registry.host}`]);
    const large = buildLayer([file('large', randomBytes(2_000_000))]);
    image = await buildSampleImage('/bin/busybox', { layers: [large] });
    registry.add(image, 'app');
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    registry.rule({ when: new RegExp(`GET .*${large.descriptor.digest}`), answer: { after: held } });
  });
  after(async () => {
    letGo();
    await scene?.close();
    await registry?.close();
  });

  const cli = (...args: string[]): string[] => [...args, '--data-dir', scene.neargate.dataDir];
  const ps = async (): Promise<string> => (await run(PROGRAM, cli('ps'))).stdout;
  const psWith = async (pattern: RegExp): Promise<void> => {
    for (;;) {
      const text = await ps();
      if (pattern.test(text)) return;
      assert.doesNotMatch(text, /STOPPED/);
      await delay(50);
    }
  };

  it('is shown by `ps` and `logs`, also after the control plane was killed, until the task runs', async () => {
    const [one, two] = image.blobs.slice(0, 3).map(({ descriptor: { size } }) => size);
    const total = image.blobs.slice(0, 3).reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    const mb = (bytes = 0): string => (bytes / 1e6).toFixed(1).replace('.', '\\.');
    const progress = `pulling ${mb((one ?? 0) + (two ?? 0))} of ${mb(total)} MB, 2 of 3 layers`;
    const definition = await scene.register([
      scene.container('web', { image: `${REGISTRY}/app:latest`, command: ['serve'] }),
    ]);
    const task = await scene.run(definition);
    await psWith(new RegExp(`PENDING.* web ${progress}\n`));
    await scene.neargate.killControlPlane();
    await scene.neargate.startAgain();
    await psWith(new RegExp(`PENDING.* web ${progress}\n`));

    const follower = spawn(PROGRAM, cli('logs', task, '--follow'), { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    follower.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
    follower.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
    try {
      while (!new RegExp(`^web: ${progress}\n`).test(said.err)) await delay(20);
      letGo();
      await scene.until(task, 'RUNNING');
      await psWith(/RUNNING.* web running\n/);
      while (!said.out.includes('serving /www')) await delay(20);
      assert.ok(!said.out.includes('pulling'), 'the lines of the task are the task’s');
    } finally {
      follower.kill('SIGKILL');
    }
  });
});
