import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ControlScene } from '../../../test/support/control/control-scene.ts';
import type { ScriptedAgent } from '../../../test/support/control/scripted-agent.ts';
import { aTask } from '../../../test/support/control/task-records.ts';
import type { MetricFamily } from '../../domain/telemetry/metrics.ts';
import type { AgentFigures } from '../../wire/link-messages.ts';

const openFiles = (value: number): MetricFamily => ({
  name: 'neargate_process_open_fds',
  points: [{ labels: { process: 'agent' }, value }],
});
const figures = (...families: MetricFamily[]): AgentFigures => ({
  version: '1.2',
  since: 5,
  at: 9,
  families,
});

describe('Figures of agents at the control plane', () => {
  let scene: ControlScene;
  beforeEach(async () => {
    scene = await ControlScene.open();
  });
  afterEach(() => scene.close());

  async function started(): Promise<ScriptedAgent> {
    await scene.startControl();
    const agent = scene.connect();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    return agent;
  }
  const open = (): unknown => scene.machineMetrics.groups().map(({ families }) => families);
  /** Messages are told in turns of the event loop. */
  async function untilTold(expected: unknown): Promise<void> {
    for (let turn = 0; turn < 1000; turn += 1) {
      if (JSON.stringify(open()) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(open(), expected);
  }

  it('are the newest that the machine told, with its name on them', async () => {
    const agent = await started();
    agent.client.figures(figures(openFiles(1)));
    agent.client.figures(figures(openFiles(2)));
    await untilTold([[openFiles(2)]]);
    const [group] = scene.machineMetrics.groups();
    assert.deepEqual(group?.labels, { machine: 'm1' });
    assert.deepEqual([group?.since, group?.at], [5, 9]);
    assert.equal(group?.resource['service.version'], '1.2');
  });

  it('lose what this version does not know', async () => {
    const agent = await started();
    const unknown = { name: 'neargate_of_tomorrow', points: [] } as unknown as MetricFamily;
    agent.client.figures(figures(unknown, openFiles(3)));
    await untilTold([[openFiles(3)]]);
  });

  it('go with the machine', async () => {
    const agent = await started();
    agent.client.figures(figures(openFiles(1)));
    await untilTold([[openFiles(1)]]);
    scene.link.cut();
    await untilTold([]);
  });
});

describe('The backlog of a session', () => {
  it('is what the machine has not acknowledged', async () => {
    const scene = await ControlScene.open();
    await scene.startControl();
    const agent = scene.connect();
    await scene.put(aTask('t1'));
    await agent.until(() => agent.desired.has('t1'));
    const backlog = (): number | undefined => scene.machines.session('m1')?.backlog;
    for (let turn = 0; turn < 1000 && backlog() !== 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(backlog(), 0);
    await scene.close();
  });
});
