import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ControlScene } from '../../../test/support/control/control-scene.ts';
import type { ScriptedAgent } from '../../../test/support/control/scripted-agent.ts';
import { aTask } from '../../../test/support/control/task-records.ts';
import type { ImagePull, PullProgress } from '../../domain/task/pull-progress.ts';

const PROGRESS: PullProgress = {
  phase: 'downloading',
  layersDone: 1,
  layersUnpacked: 0,
  layersTotal: 3,
  bytesDone: 100,
  bytesTotal: 900,
};

describe('Pulls on their way to the control plane', () => {
  let scene: ControlScene;
  beforeEach(async () => {
    scene = await ControlScene.open();
  });
  afterEach(() => scene.close());

  const started = async (): Promise<ScriptedAgent> => {
    await scene.startControl();
    await scene.put(aTask('t1'));
    const agent = scene.connect();
    await agent.until(() => agent.desired.has('t1'));
    return agent;
  };
  const pull = (over: Partial<PullProgress> = {}, image = 'web'): ImagePull => ({
    taskArn: 'arn:aws:ecs:eu-west-1:000000000000:task/default/t1',
    image,
    progress: { ...PROGRESS, ...over },
  });
  /** Messages are told in turns of the event loop. */
  const untilTold = async (expected: readonly ImagePull[]): Promise<void> => {
    for (let turn = 0; turn < 1000; turn += 1) {
      if (JSON.stringify(scene.pulls.all()) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(scene.pulls.all(), expected);
  };

  it('are known there as the agent last said, until they are done', async () => {
    const agent = await started();
    agent.client.pulling(pull());
    agent.client.pulling(pull({}, 'db'));
    await untilTold([pull(), pull({}, 'db')]);
    agent.client.pulling(pull({ bytesDone: 500 }));
    await untilTold([pull({ bytesDone: 500 }), pull({}, 'db')]);
    agent.client.pulling(pull({ phase: 'done' }));
    await untilTold([pull({}, 'db')]);
  });

  it('are said again to a control plane that has started anew', async () => {
    const agent = await started();
    agent.client.pulling(pull());
    await untilTold([pull()]);
    scene.killControl();
    agent.client.pulling(pull({ bytesDone: 800 }));
    await scene.startControl();
    await untilConnected(agent);
    await untilTold([pull({ bytesDone: 800 })]);
  });

  it('are forgotten when the task goes on, or the machine is gone', async () => {
    const agent = await started();
    agent.client.pulling(pull());
    await untilTold([pull()]);
    agent.report('t1', { status: 'PENDING' });
    agent.client.pulling(pull({ bytesDone: 200 }));
    await untilTold([pull({ bytesDone: 200 })]);
    agent.report('t1', { status: 'STOPPED', stoppedAt: 5 });
    await untilTold([]);
    agent.client.pulling(pull());
    await untilTold([pull()]);
    scene.link.cut();
    await untilTold([]);
  });

  async function untilConnected(agent: ScriptedAgent): Promise<void> {
    agent.desired.clear();
    await agent.until(() => agent.desired.has('t1'));
  }
});
