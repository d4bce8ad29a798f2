/** What DescribeTasks says of tasks that lost their machine, or a part of it, as docs/how-to/after-a-crash.md has it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buildSampleImage } from '../../src/cli/sample-image/sample.ts';
import { cutPower } from '../chaos/power-cut.ts';
import { ofTask, takeCensus } from '../support/neargate/census.ts';
import { freezeShim } from '../support/neargate/faults.ts';
import { Scene } from '../support/neargate/scene.ts';
import { FakeRegistry } from '../support/registry/fake-registry.ts';
import { signalProcess } from '../../src/linux/process-identity.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const LOOP = ['sh', '-c', 'trap "exit 0" TERM; echo ready; while :; do sleep 0.1; done'];
const FAKE_NAME = 'fake.test:5001';
const ENDED = { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
const VANISHED = 'ContainerVanishedError: No container matching saved ID found';

describe('A task', { timeout: patient(240_000) }, () => {
  let scene: Scene;
  let registry: FakeRegistry;
  before(async () => {
    registry = await FakeRegistry.start();
    scene = await Scene.start(['--registries', `${FAKE_NAME}=${registry.host}`]);
  });
  after(async () => {
    await scene?.close();
    await registry?.close();
  });

  /** Of three containers: one that runs, one that would be started again if it ended, one that has ended. */
  const running = async (): Promise<string> => {
    const restartPolicy = { enabled: true, restartAttemptPeriod: 60 };
    const containers = [
      scene.container('app', { command: LOOP }),
      scene.container('side', { command: LOOP, essential: false, restartPolicy }),
      scene.container('done', { command: ['sh', '-c', 'exit 3'], essential: false }),
    ];
    const arn = await scene.run(await scene.register(containers));
    await scene.untilTask(
      arn,
      (task) =>
        task.lastStatus === 'RUNNING' && task.containers?.some(({ exitCode }) => exitCode === 3) === true,
    );
    await scene.outputWith(arn, 'app', /^ready$/);
    return arn;
  };
  /** What is said of it once it is STOPPED, and of which nothing is left. */
  const told = async (arn: string) => {
    const { stopCode, stoppedReason, containers = [] } = await scene.until(arn, 'STOPPED');
    assert.deepEqual(ofTask(await takeCensus(scene.neargate.dataDir), arn), []);
    const [app, side, done] = ['app', 'side', 'done'].map((wanted) => {
      const { exitCode, reason } = containers.find(({ name }) => name === wanted) ?? {};
      return [exitCode, reason];
    });
    return { stopCode, stoppedReason, app, side, done };
  };
  /** One whose image the registry does not tell of until it is let. */
  const pulling = async (repository: string): Promise<{ arn: string; release: () => void }> => {
    let release = (): void => undefined;
    const after = new Promise<void>((resolve) => (release = resolve));
    registry.add(await buildSampleImage('/bin/busybox'), repository);
    registry.rule({ when: new RegExp(`^HEAD /v2/${repository}/manifests`), answer: { after } });
    const image = `${FAKE_NAME}/${repository}:latest`;
    const arn = await scene.run(await scene.register([scene.container('app', { image, command: LOOP })]));
    await scene.untilTask(arn, ({ pullStartedAt }) => pullStartedAt !== undefined);
    return { arn, release };
  };

  for (const keepsRun of [true, false]) {
    const found = keepsRun ? 'its data and its runtime directory' : 'nothing but its data';
    it(`says after a power cut, of which ${found} is left, which containers vanished`, async () => {
      const { neargate } = scene;
      const arn = await running();
      const launching = await pulling(`held-${keepsRun}`);
      await cutPower(neargate.dataDir, { keepsRun });
      await neargate.startAgain();
      launching.release();
      assert.deepEqual(await told(arn), {
        ...ENDED,
        ...{ app: [undefined, VANISHED], side: [undefined, VANISHED], done: [3, undefined] },
      });
      await scene.until(launching.arn, 'RUNNING');
      await scene.stop(launching.arn);
      await scene.until(launching.arn, 'STOPPED');
      assert.doesNotMatch(await neargate.agentLog(), /"level":"error"/);
    });
  }

  it('has exit code 137 for each container that ran when its shim was killed', async () => {
    const arn = await running();
    await signalProcess(await freezeShim(scene.neargate.dataDir, arn), 'SIGKILL');
    assert.deepEqual(await told(arn), {
      ...ENDED,
      ...{ app: [137, undefined], side: [137, undefined], done: [3, undefined] },
    });
  });
});
