import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { LinuxTaskNetwork } from '../../drivers/network-linux/linux-task-network.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { startInputScene } from '../../../test/support/inputs/input-scene.ts';
import { patient } from '../../ports/testing/patience.ts';

const skip = process.getuid?.() !== 0 && 'needs root';
const BYTES = 100_000;

describe('environment files of a task with a network of its own', { skip, timeout: patient(60_000) }, () => {
  it("come by the task's own interface, from an S3 that only listens on the host's loopback", async () => {
    const instance = randomBytes(8).toString('hex');
    let network: TaskNetwork | undefined;
    const text = Array.from({ length: BYTES / 100 }, (_, index) => `V${index}=${'x'.repeat(94)}`).join('\n');
    const scene = await startInputScene(
      (resolve) => (network = new LinuxTaskNetwork({ instance, resolve })),
      { buckets: { config: { 'big.env': text } }, secrets: {} },
    );
    assert.ok(network !== undefined);
    try {
      const before = await network.counters(scene.taskId);
      const task = scene.task({ environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::config/big.env' }] });
      const found = await scene.inputs.environmentFiles(task, new AbortController().signal);
      const after = await network.counters(scene.taskId);
      assert.equal(found.get('web')?.length, BYTES / 100);
      assert.ok(after.rxBytes - before.rxBytes > text.length, 'the file did not come by eth1');
      assert.equal(scene.server.requests[0]?.host, `127.0.0.1:${scene.server.port}`);
    } finally {
      await scene.close();
    }
    assert.deepEqual(await network.listAttached(), []);
  });
});
