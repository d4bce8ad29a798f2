import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { takeCensus } from '../support/neargate/census.ts';
import { VPC_CIDR } from '../support/neargate/instance.ts';
import { Scene } from '../support/neargate/scene.ts';
import { fetchPage } from '../support/neargate/fetch-page.ts';

describe('RunTask with real containers', () => {
  let scene: Scene;

  before(async () => {
    scene = await Scene.start();
  });

  after(async () => {
    await scene.close();
  });

  it('runs a web server that the host reaches at its private address', async () => {
    const arn = await scene.run(await scene.register([scene.container('web')]));
    const task = await scene.until(arn, 'RUNNING');
    await scene.outputWith(arn, 'web', /^serving /);
    const page = await fetchPage(`http://${Scene.address(task)}:8080/`);
    assert.match(page, /Hello from a Fargate task/);
    assert.equal(task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address, Scene.address(task));
    assert.equal(task.attachments?.[0]?.status, 'ATTACHED');
    assert.equal(task.connectivity, 'CONNECTED');
    await scene.stop(arn, 'enough');
    const stopped = await scene.until(arn, 'STOPPED');
    assert.equal(stopped.stopCode, 'UserInitiated');
    assert.equal(stopped.stoppedReason, 'enough');
    assert.equal(stopped.containers?.[0]?.exitCode, 0);
    const times = [
      stopped.createdAt,
      stopped.pullStartedAt,
      stopped.pullStoppedAt,
      stopped.startedAt,
      stopped.stoppingAt,
      stopped.executionStoppedAt,
      stopped.stoppedAt,
    ].map((time) => time?.getTime() ?? Number.NaN);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
    assert.ok(stopped.connectivityAt);
  });

  it('gives a task its own 20 GiB disk, eth1 with MTU 9001, its own name and resolver', async () => {
    const command = [
      'sh',
      '-c',
      'df -h / | tail -1; ip link; cat /etc/hosts /etc/resolv.conf; hostname; echo done',
    ];
    const arn = await scene.run(await scene.register([scene.container('look', { command })]));
    const task = await scene.until(arn, 'STOPPED');
    assert.equal(task.stopCode, 'EssentialContainerExited');
    assert.equal(task.stoppedReason, 'Essential container in task exited');
    assert.equal(task.containers?.[0]?.exitCode, 0);
    const output = (await scene.output(arn, 'look')).join('\n');
    const address = Scene.address(task);
    const name = `ip-${address.replaceAll('.', '-')}.ec2.internal`;
    assert.match(output, /^overlay\s+(19\.\d|20\.0)G/m);
    assert.match(output, /eth1.* mtu 9001 .*/);
    assert.ok(output.includes(`${address} ${name}`), output);
    assert.ok(output.includes(`nameserver ${VPC_CIDR.replace('0.0/16', '0.2')}`), output);
    assert.match(output, new RegExp(`^${name}$`, 'm'));
  });

  it('lets the containers of a task talk over localhost, and keeps running when one that is not essential ends', async () => {
    const arn = await scene.run(
      await scene.register([
        scene.container('web'),
        scene.container('client', { command: ['fetch-and-exit'], essential: false }),
      ]),
    );
    const lines = await scene.outputWith(arn, 'client', /^fetched /);
    assert.ok(lines.some((line) => line.includes('Hello from a Fargate task.')));
    const task = await scene.describe(arn);
    assert.equal(task.lastStatus, 'RUNNING');
    await scene.stop(arn);
    const stopped = await scene.until(arn, 'STOPPED');
    assert.equal(stopped.stoppedReason, 'Task stopped by user');
    assert.deepEqual(
      stopped.containers?.map(({ exitCode }) => exitCode),
      [0, 0],
    );
  });

  it('kills what ignores SIGTERM after its stopTimeout', async () => {
    const command = ['sh', '-c', "trap '' TERM; echo deaf; while :; do sleep 1; done"];
    const arn = await scene.run(await scene.register([scene.container('deaf', { command, stopTimeout: 2 })]));
    await scene.outputWith(arn, 'deaf', /^deaf$/);
    await scene.stop(arn);
    const stopped = await scene.until(arn, 'STOPPED');
    assert.equal(stopped.containers?.[0]?.exitCode, 137);
  });

  it('says in the words of Fargate that an image does not exist, and keeps nothing', async () => {
    const before = await takeCensus(scene.neargate.dataDir);
    const image = `${scene.image.slice(0, scene.image.indexOf('/'))}/nothing:1`;
    const arn = await scene.run(await scene.register([scene.container('web', { image })]));
    const task = await scene.until(arn, 'STOPPED');
    assert.equal(task.stopCode, 'TaskFailedToStart');
    assert.match(task.stoppedReason ?? '', /^CannotPullContainerError: .*nothing:1.*not found/);
    assert.equal(task.containers?.[0]?.exitCode, undefined);
    assert.deepEqual(await takeCensus(scene.neargate.dataDir), before);
  });

  it('says in the words of Fargate that a command does not exist, and keeps nothing', async () => {
    const before = await takeCensus(scene.neargate.dataDir);
    const arn = await scene.run(
      await scene.register([scene.container('web', { command: ['no-such-thing'] })]),
    );
    const task = await scene.until(arn, 'STOPPED');
    assert.equal(task.stopCode, 'TaskFailedToStart');
    assert.match(
      `${task.stoppedReason} ${task.containers?.[0]?.reason}`,
      /CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "no-such-thing": executable file not found in \$PATH/,
    );
    assert.deepEqual(await takeCensus(scene.neargate.dataDir), before);
  });
});
