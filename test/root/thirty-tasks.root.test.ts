import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { takeCensus } from '../support/neargate/census.ts';
import { Scene } from '../support/neargate/scene.ts';

const ROUNDS = 3;
const TASKS_A_ROUND = 10;

describe('Thirty tasks that have come and gone', () => {
  let scene: Scene;

  before(async () => {
    scene = await Scene.start();
  });

  after(async () => {
    await scene.close();
  });

  it('leave no namespace, interface, mount, loop device, snapshot, cgroup, container or file', async () => {
    const definition = await scene.register([
      scene.container('web'),
      scene.container('short', { command: ['true'], essential: false }),
    ]);
    const round = async (): Promise<void> => {
      const arns = await Promise.all(Array.from({ length: TASKS_A_ROUND }, () => scene.run(definition)));
      await Promise.all(arns.map((arn) => scene.until(arn, 'RUNNING')));
      await Promise.all(arns.map((arn) => scene.stop(arn)));
      await Promise.all(arns.map((arn) => scene.until(arn, 'STOPPED')));
    };
    // The first task makes what all share: the VPC with its uplink, the image and its view.
    const first = await scene.run(definition);
    await scene.until(first, 'RUNNING');
    await scene.stop(first);
    await scene.until(first, 'STOPPED');
    const before = await takeCensus(scene.neargate.dataDir);
    assert.ok(before.namespaces.length > 0, 'the census sees the VPC');
    for (let i = 0; i < ROUNDS; i += 1) await round();
    assert.deepEqual(await takeCensus(scene.neargate.dataDir), before);
  });

  it('are all seen by the census while they run', async () => {
    const before = await takeCensus(scene.neargate.dataDir);
    const arn = await scene.run(await scene.register([scene.container('web')]));
    await scene.until(arn, 'RUNNING');
    const during = await takeCensus(scene.neargate.dataDir);
    for (const kind of ['namespaces', 'mounts', 'loopDevices', 'cgroups', 'containers', 'files'] as const) {
      assert.ok(during[kind].length > before[kind].length, `${kind} of a running task are not counted`);
    }
    await scene.stop(arn);
    await scene.until(arn, 'STOPPED');
  });
});
