import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ControlScene } from '../../../test/support/control/control-scene.ts';
import type { ScriptedAgent } from '../../../test/support/control/scripted-agent.ts';
import { aTask, SUBNET } from '../../../test/support/control/task-records.ts';
import { keys } from '../../domain/keys.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';

describe('TaskController', () => {
  let scene: ControlScene;
  beforeEach(async () => {
    scene = await ControlScene.open();
  });
  afterEach(() => scene.close());

  const started = async (): Promise<ScriptedAgent> => {
    await scene.startControl();
    return scene.connect();
  };

  it('gives a new task an interface and its machine the whole assignment, with credentials', async () => {
    const agent = await started();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    const record = await scene.read('t1');
    const { assignment } = agent.desired.get('t1') ?? assert.fail();
    assert.equal(record.eni?.privateIpv4Address, '172.31.0.4');
    assert.equal(assignment.eni.privateIpv4Address, '172.31.0.4');
    assert.equal(assignment.eni.gatewayIpv4Address, '172.31.0.1');
    assert.equal(assignment.eni.privateDnsName, 'ip-172-31-0-4.eu-west-1.compute.internal');
    assert.equal(assignment.eni.mtu, 9001);
    assert.equal(agent.keysOf.get('t1')?.accessKeyId, 'ASIA-t1');
  });

  it('gives a machine the credentials of a task’s role when it asks, and for no task that it does not have', async () => {
    const agent = await started();
    await scene.put(
      aTask('t1', { overrides: { taskRoleArn: 'arn:aws:iam::000000000000:role/app' } }),
      aTask('t2'),
    );
    await agent.until(() => agent.desired.has('t1') && agent.desired.has('t2'));
    for (const taskId of ['t3', 't2', 't1']) agent.client.needRoleCredentials(taskId);
    await agent.until(() => agent.keysOf.has('role of t1'));
    assert.equal(agent.keysOf.get('role of t1')?.accessKeyId, 'ASIA-t1-of-the-role');
    assert.ok(!agent.keysOf.has('role of t2') && !agent.keysOf.has('role of t3'));
  });

  it('gives a machine credentials to deliver flow logs with, when it asks', async () => {
    const agent = await started();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    agent.client.needDeliveryCredentials('000000000000');
    await agent.until(() => agent.keysOf.has('000000000000'));
    assert.equal(agent.keysOf.get('000000000000')?.accessKeyId, 'ASIA-m1-000000000000');
  });

  it('gives a machine certificates for names of file systems, also when it asked before it was connected', async () => {
    await scene.startControl();
    scene.killControl();
    const agent = scene.connect();
    agent.client.needCertificate('logs.eu-west-1.amazonaws.com');
    agent.client.needCertificate('fs-1.efs.eu-west-1.amazonaws.com');
    await scene.startControl();
    await agent.until(() => agent.certificates.size > 0);
    assert.deepEqual([...agent.certificates.keys()], ['fs-1.efs.eu-west-1.amazonaws.com']);
  });

  it('waits with a task until a machine connects', async () => {
    await scene.startControl();
    await scene.put(aTask('t1'));
    const agent = scene.connect();
    await agent.until(() => agent.desired.has('t1'));
  });

  it('gives up on tasks that no machine has come for within five minutes', async () => {
    await scene.close();
    const clock = new ManualClock();
    scene = await ControlScene.open({ clock });
    await scene.startControl();
    const createdAt = clock.now();
    await scene.put(aTask('t1', { createdAt }), aTask('t2', { createdAt: createdAt + 2_000 }));
    // Both are looked at in the first turns; then one sleeps for both, and the housekeeping.
    while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(300_000);
    const { stopCode, stoppedReason } = await scene.ended('t1');
    assert.equal(stopCode, 'TaskFailedToStart');
    assert.equal(stoppedReason, 'Timeout waiting for network interface provisioning to complete.');
    assert.equal((await scene.read('t2')).lastStatus, 'PROVISIONING');
    while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(2_000);
    await scene.ended('t2');
  });

  it('records what the machine reports and lets go of the address at the end', async () => {
    const agent = await started();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    agent.report('t1');
    assert.equal(
      (await scene.recordWhere('t1', (task) => task.lastStatus === 'RUNNING')).connectivity,
      'CONNECTED',
    );
    agent.report('t1', {
      status: 'STOPPED',
      eniDetached: true,
      stop: { stopCode: 'EssentialContainerExited', reason: 'Essential container in task exited' },
      stoppedAt: 5,
    });
    await agent.until(() => !agent.held.has('t1'));
    assert.equal((await scene.read('t1')).stopCode, 'EssentialContainerExited');
    assert.deepEqual(await scene.claimed(SUBNET.subnetId), []);
    assert.deepEqual(await scene.all('eni'), []);
    assert.deepEqual(await scene.store.range({ prefix: keys.assignedTo('m1') }), []);
  });

  it('tells the machine when a user stops a task', async () => {
    const agent = await started();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    await scene.stop('t1', 'enough');
    await agent.until(() => agent.desired.get('t1')?.desiredStatus === 'STOPPED');
    assert.deepEqual(agent.desired.get('t1')?.stop, { stopCode: 'UserInitiated', reason: 'enough' });
  });

  it('ends a task that was stopped before it had a machine', async () => {
    await scene.put(
      aTask('t1', { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: 'early' }),
    );
    await scene.startControl();
    const ended = await scene.ended('t1');
    assert.equal(ended.stoppedReason, 'early');
  });

  it('stops a task that no machine has room for', async () => {
    const agent = await started();
    await scene.put(aTask('small'));
    await agent.until(() => agent.desired.has('small'));
    await scene.put(aTask('large', { memoryMiB: 4096 }));
    const ended = await scene.ended('large');
    assert.match(ended.stoppedReason ?? '', /^Capacity is unavailable at this time/);
    assert.equal(ended.stopCode, 'TaskFailedToStart');
  });

  it('comes to the same end when the link is cut and the control plane starts anew', async () => {
    const agent = await started();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    scene.killControl();
    agent.reportEnd('t1');
    await scene.put(aTask('t2'));
    await scene.startControl();
    await agent.until(() => agent.desired.has('t2') && !agent.desired.has('t1'));
    assert.equal((await scene.read('t1')).lastStatus, 'STOPPED');
    assert.equal(agent.held.has('t1'), false);
    assert.equal((await scene.read('t2')).eni?.privateIpv4Address, '172.31.0.4');
  });
});
