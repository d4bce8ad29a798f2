import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import type { Task } from '@aws-sdk/client-ecs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { hasEndedWithin, isRunning } from '../../src/linux/process-identity.ts';
import { type OrphanShim, startOrphanShim } from '../support/containerd/orphan-shim.ts';
import { Scene } from '../support/neargate/scene.ts';
import { eniIdOf, interfaceOf } from '../support/neargate/test-network.ts';
import { patient, unhurried } from '../../src/ports/testing/patience.ts';

const TICKER = ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.2; done'];

/** Longer than any few quick tries of a client. */
const AWAY_MS = 3000;

/** The process ids on this machine whose cgroup is the task's. */
async function processesOf(taskArn: string): Promise<number[]> {
  const taskId = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  const { readdir } = await import('node:fs/promises');
  const pids: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const cgroup = await readFile(`/proc/${name}/cgroup`, 'utf8').catch(() => '');
    if (cgroup.includes(taskId)) pids.push(Number(name));
  }
  return pids;
}

describe('A running task', () => {
  let scene: Scene;
  let arn: string;
  let task: Task;
  let firstPid: number;

  const lastTick = (lines: readonly string[]): number =>
    Math.max(0, ...lines.map((line) => Number(/^tick (\d+)$/.exec(line)?.[1] ?? 0)));

  /** The process of before still runs, its newest output arrives, and nothing of the output is lost. */
  const goesOn = async (): Promise<void> => {
    const seen = lastTick(await scene.output(arn, 'ticker'));
    const lines = await scene.outputWith(arn, 'ticker', new RegExp(`^tick ${seen + 5}$`));
    const ticks = new Set(lines);
    for (let i = 1; i <= seen + 5; i += 1) assert.ok(ticks.has(`tick ${i}`), `tick ${i} is lost`);
    assert.ok((await processesOf(arn)).includes(firstPid), 'the process of the task has gone');
    const now = await scene.describe(arn);
    assert.equal(now.lastStatus, 'RUNNING');
    assert.deepEqual(now.startedAt, task.startedAt);
    const eni = await interfaceOf(scene.neargate.ec2, eniIdOf(task));
    assert.equal(eni.PrivateIpAddress, Scene.address(now));
  };
  const interfaces = async () => {
    const { NetworkInterfaces } = await scene.neargate.ec2.send(new DescribeNetworkInterfacesCommand({}));
    return NetworkInterfaces;
  };

  before(async () => {
    scene = await Scene.start();
    arn = await scene.run(
      await scene.register([scene.container('ticker', { command: TICKER, stopTimeout: 2 })]),
    );
    task = await scene.until(arn, 'RUNNING');
    await scene.outputWith(arn, 'ticker', /^tick 3$/);
    firstPid = Math.min(...(await processesOf(arn)));
  });

  after(async () => {
    await scene?.close();
  });

  it('goes on when the agent is killed', async () => {
    await scene.neargate.killAgent();
    await goesOn();
  });

  it('goes on when the control plane is killed', async () => {
    await scene.neargate.killControlPlane();
    await scene.neargate.startAgain();
    await goesOn();
  });

  it('goes on when both are killed', async () => {
    await scene.neargate.killControlPlane();
    await scene.neargate.killAgent();
    await scene.neargate.startAgain();
    await goesOn();
  });

  it('goes on when Neargate is stopped in good order, without waiting for it, and started again', async () => {
    const begun = performance.now();
    assert.equal(await scene.neargate.stop(), 0);
    assert.ok(performance.now() - begun < patient(5000));
    assert.ok((await processesOf(arn)).includes(firstPid));
    await scene.neargate.startAgain();
    await goesOn();
  });

  it('goes on when containerd is killed, which then runs again', async () => {
    const pidFile = join(scene.neargate.dataDir, 'containerd', 'containerd.pid');
    const killed = await readFile(pidFile, 'utf8');
    process.kill(Number.parseInt(killed, 10), 'SIGKILL');
    await goesOn();
    while ((await readFile(pidFile, 'utf8').catch(() => killed)) === killed) await delay(20);
  });

  it('can be stopped after all that', async () => {
    await scene.stop(arn, 'enough');
    const stopped = await scene.until(arn, 'STOPPED');
    assert.equal(stopped.stoppedReason, 'enough');
    assert.deepEqual(await processesOf(arn), []);
    assert.deepEqual(await interfaces(), []);
  });

  it('that ends while nobody looks is STOPPED with its exit code afterwards', async () => {
    const command = ['sh', '-c', 'until [ -e /tmp/go ]; do sleep 0.05; done; exit 7'];
    const other = await scene.run(await scene.register([scene.container('ends', { command })]));
    await scene.until(other, 'RUNNING');
    const [pid = 0] = await processesOf(other);
    await scene.neargate.killControlPlane();
    await scene.neargate.killAgent();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`/proc/${pid}/root/tmp/go`, '');
    while ((await processesOf(other)).length > 0) await delay(unhurried(5));
    await scene.neargate.startAgain();
    const stopped = await scene.until(other, 'STOPPED');
    assert.equal(stopped.containers?.[0]?.exitCode, 7);
    assert.equal(stopped.stopCode, 'EssentialContainerExited');
    assert.deepEqual(await interfaces(), []);
  });
});

describe('A task that `down --tasks` ends after a kill of the control plane', {
  timeout: patient(120_000),
}, () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start();
  });
  after(async () => {
    await scene?.close();
  });

  it('is STOPPED afterwards, with the reason, and does not run a second time', async () => {
    const command = ['sh', '-c', 'trap "exit 0" TERM; echo begun; while :; do sleep 0.1; done'];
    const arn = await scene.run(await scene.register([scene.container('app', { command })]));
    await scene.outputWith(arn, 'app', /^begun$/);
    await scene.neargate.killControlPlane();
    await scene.neargate.downWithTasks();
    assert.deepEqual(await processesOf(arn), []);
    await scene.neargate.startAgain();
    const stopped = await scene.until(arn, 'STOPPED');
    assert.equal(stopped.stopCode, 'UserInitiated');
    assert.equal(stopped.stoppedReason, 'neargate down --tasks');
    assert.equal(stopped.containers?.[0]?.exitCode, 0);
    assert.deepEqual(await scene.output(arn, 'app'), ['begun']);
  });
});

describe('A frozen shim that containerd has forgotten', () => {
  let scene: Scene;
  let shim: OrphanShim | undefined;
  before(async () => {
    scene = await Scene.start();
  });
  afterEach(async () => {
    await shim?.end();
  });
  after(async () => {
    await scene?.close();
  });
  const orphan = async (): Promise<OrphanShim> =>
    (shim = await startOrphanShim(join(scene.neargate.dataDir, 'containerd', 'c.sock')));

  it('is gone once the agent has started again', async () => {
    const { identity } = await orphan();
    await scene.neargate.killAgent();
    assert.ok(await hasEndedWithin(identity, patient(30_000)), await scene.neargate.agentLog());
  });

  it('is gone after `neargate down --tasks`', async () => {
    const { identity } = await orphan();
    await scene.neargate.downWithTasks();
    assert.equal(await isRunning(identity), false);
  });
});

describe('A task that is launched while the control plane is away', { timeout: patient(120_000) }, () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.start();
    await scene.neargate.ssm.send(
      new PutParameterCommand({ Name: '/app', Type: 'SecureString', Value: 'hunter2' }),
    );
  });
  after(async () => {
    await scene?.close();
  });

  for (const platformVersion of ['1.3.0', '1.4.0']) {
    it(`has its secrets and its log stream afterwards, on ${platformVersion}`, async () => {
      const { neargate } = scene;
      const container = scene.container('app', {
        command: ['sh', '-c', 'echo "parameter $PARAMETER"'],
        secrets: [{ name: 'PARAMETER', valueFrom: '/app' }],
      });
      const arn = await scene.run(await scene.register([container]), { platformVersion });
      await scene.untilTask(arn, ({ lastStatus }) => lastStatus !== 'PROVISIONING');
      await neargate.killControlPlane();
      await delay(AWAY_MS);
      await neargate.startAgain();
      const task = await scene.until(arn, 'STOPPED');
      assert.equal(task.stopCode, 'EssentialContainerExited', task.stoppedReason);
      assert.deepEqual(await scene.output(arn, 'app'), ['parameter hunter2']);
    });
  }
});
