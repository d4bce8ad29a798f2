/** A new release takes over from the one before, tasks and data, whichever way that one ended. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { patient } from '../../src/ports/testing/patience.ts';
import { PROGRAM } from '../support/neargate/instance.ts';
import { type PreviousRelease, previousRelease } from '../support/neargate/previous-release.ts';
import { Scene } from '../support/neargate/scene.ts';

const TICKER = [
  'sh',
  '-c',
  'i=0; while [ ! -e /tmp/end ]; do i=$((i+1)); echo "tick $i"; sleep 0.2; done; exit 3',
];

const ENDS = [
  { name: 'was stopped', end: (scene: Scene) => scene.neargate.stop() },
  // Its agent waits for the next one.
  { name: 'was killed', end: (scene: Scene) => scene.neargate.killControlPlane() },
] as const;

async function agentOf(scene: Scene): Promise<{ pid: number; version: string }> {
  const text = await readFile(join(scene.neargate.dataDir, 'run/agent.pid'), 'utf8');
  return JSON.parse(text) as { pid: number; version: string };
}

async function aScene(t: TestContext, { program }: PreviousRelease): Promise<Scene> {
  const scene = await Scene.start([], { program });
  t.after(() => scene.close());
  return scene;
}

/** The task's first process, as the host sees it. */
async function hostPid(scene: Scene, runtimeId: string): Promise<number> {
  const state = join(scene.neargate.dataDir, 'containerd/state/io.containerd.runtime.v2.task/neargate');
  return Number(await readFile(join(state, runtimeId, 'init.pid'), 'utf8'));
}

describe('An upgrade', { concurrency: 1, timeout: patient(280_000) }, () => {
  let previous: PreviousRelease;
  before(async () => {
    previous = await previousRelease();
  });
  after(() => previous?.close());

  for (const { name, end } of ENDS) {
    it(`takes over tasks and data when the release before ${name}`, async (t) => {
      const scene = await aScene(t, previous);
      const { neargate } = scene;
      await neargate.ssm.send(
        new PutParameterCommand({ Name: '/kept', Type: 'SecureString', Value: 'as it was' }),
      );
      const arn = await scene.run(await scene.register([scene.container('ticker', { command: TICKER })]));
      const { containers: [container] = [], startedAt } = await scene.until(arn, 'RUNNING');
      await scene.outputWith(arn, 'ticker', /^tick 3$/);
      const pid = await hostPid(scene, container?.runtimeId ?? '');
      const agentBefore = await agentOf(scene);

      await end(scene);
      await previous.leave(neargate.dataDir);
      await neargate.startAgain(PROGRAM);

      const agentNow = await agentOf(scene);
      assert.notEqual(agentNow.pid, agentBefore.pid);
      assert.equal(agentNow.version, neargate.info.version);
      assert.match(await readFile(join(neargate.dataDir, 'format'), 'utf8'), /^\d+\n$/);
      const task = await scene.describe(arn);
      assert.equal(task.lastStatus, 'RUNNING');
      assert.deepEqual(task.startedAt, startedAt);
      assert.equal(await hostPid(scene, container?.runtimeId ?? ''), pid);
      const { Parameter } = await neargate.ssm.send(
        new GetParameterCommand({ Name: '/kept', WithDecryption: true }),
      );
      assert.equal(Parameter?.Value, 'as it was');

      const seen = (await scene.output(arn, 'ticker')).length;
      const lines = await scene.outputWith(arn, 'ticker', new RegExp(`^tick ${seen + 5}$`));
      assert.deepEqual(
        lines,
        lines.map((_, index) => `tick ${index + 1}`),
        'lines are lost, or come twice',
      );
      await writeFile(`/proc/${pid}/root/tmp/end`, '');
      const stopped = await scene.until(arn, 'STOPPED');
      assert.equal(stopped.stopCode, 'EssentialContainerExited');
      assert.equal(stopped.containers?.[0]?.exitCode, 3);
    });
  }
});
