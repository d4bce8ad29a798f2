import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ControlScene } from '../../../test/support/control/control-scene.ts';
import type { ScriptedAgent } from '../../../test/support/control/scripted-agent.ts';
import { aTask, SCOPE } from '../../../test/support/control/task-records.ts';
import { keys } from '../../domain/keys.ts';
import type { LogEventBatch } from '../../domain/logs/records.ts';
import type { TaskMinute } from '../../domain/telemetry/task-minute.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';

const MINUTE = 60_000;

describe('Minutes on their way to the control plane', () => {
  const now = Math.floor(systemClock.now() / MINUTE) * MINUTE;
  let scene: ControlScene;
  beforeEach(async () => {
    scene = await ControlScene.open();
    const settings = [{ name: 'containerInsights', value: 'enabled' }];
    const cluster = { clusterName: 'default', status: 'ACTIVE', settings };
    await scene.store.transact([], [{ put: keys.cluster(SCOPE, 'default'), value: cluster }]);
  });
  afterEach(() => scene.close());

  const started = async (): Promise<ScriptedAgent> => {
    await scene.startControl();
    await scene.put(aTask('t1'));
    const agent = scene.connect();
    await agent.until(() => agent.desired.has('t1'));
    return agent;
  };
  const minute = (at: number, over: Partial<TaskMinute> = {}): TaskMinute => ({
    ...{ taskId: 't1', taskArn: aTask('t1').taskArn, at },
    containers: [
      {
        ...{ name: 'web', runtimeId: 't1-1', image: 'web', status: 'RUNNING', health: 'UNKNOWN' },
        ...{ cpuUtilized: 1, memoryUtilized: 1 },
      },
    ],
    ...over,
  });
  const told = async (): Promise<number[]> => {
    const batches = await scene.store.range<LogEventBatch>({ prefix: 'log/event/' });
    const events = batches.flatMap(({ value }) => value.messages.map((message) => JSON.parse(message)));
    return events.filter(({ Type }) => Type === 'Task').map(({ Timestamp }) => Number(Timestamp));
  };
  /** Messages are told in turns of the event loop, and the link is sought again after some milliseconds. */
  const untilHeard = async (agent: ScriptedAgent): Promise<void> => {
    while (agent.minutes.length > 0) await systemClock.sleep(1);
  };

  it('are on record once the agent need not keep them', async () => {
    const agent = await started();
    agent.minutes.add([minute(now)]);
    await untilHeard(agent);
    assert.deepEqual(await told(), [now]);
    assert.equal(scene.board.running(now)[0]?.task.taskId, 't1');
  });

  it('are kept while there is no control plane, and told in their order', async () => {
    const agent = await started();
    scene.killControl();
    for (const ago of [3, 2, 1, 0]) agent.minutes.add([minute(now - ago * MINUTE)]);
    await scene.startControl();
    await untilHeard(agent);
    assert.deepEqual(
      await told(),
      [3, 2, 1, 0].map((ago) => now - ago * MINUTE),
    );
  });

  it('are told again where they could not be recorded, and the link holds', async () => {
    const agent = await started();
    const { metrics } = scene;
    const put = metrics.put.bind(metrics);
    let isBroken = true;
    metrics.put = async (...data) => {
      if (isBroken) throw new Error('the disk is full');
      await put(...data);
    };
    agent.minutes.add([minute(now - MINUTE)]);
    agent.report('t1');
    await scene.recordWhere('t1', ({ lastStatus }) => lastStatus === 'RUNNING');
    isBroken = false;
    agent.minutes.add([minute(now)]);
    await untilHeard(agent);
    assert.deepEqual(await told(), [now - MINUTE, now], 'each once');
  });
});
