import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentUnderTest } from '../../test/support/agent/agent-under-test.ts';
import { aContainer, aTask, stopped } from '../../test/support/agent/assignments.ts';
import { efsVolumeOf } from '../../test/support/efs/file-system-picture.ts';
import { type Behaviour, FakeMachine } from '../../test/support/agent/fake-machine.ts';
import { isForward } from '../domain/task/lifecycle.ts';
import type { DesiredTask, TaskReport } from '../domain/task/assignment.ts';

interface Scene {
  readonly containers: readonly { essential: boolean; behaviour: Behaviour }[];
  /** Calls of each agent until it is killed; the last agent lives. */
  readonly kills: readonly { after: number; beforeEffect: boolean }[];
  /** Whether it has a volume on EFS. */
  readonly usesEfs: boolean;
  /** Whether the task is stopped once it runs. */
  readonly stops: boolean;
}

const behaviours = fc.oneof(
  fc.constant<Behaviour>({}),
  fc.record({ exits: fc.record({ code: fc.nat(3), afterMs: fc.integer({ min: 1, max: 9_000 }) }) }),
  fc.constant<Behaviour>({ ignoresSigterm: true }),
);

const scenes: fc.Arbitrary<Scene> = fc.record({
  containers: fc
    .array(fc.record({ essential: fc.boolean(), behaviour: behaviours }), { minLength: 1, maxLength: 3 })
    .map((all) => all.map((one, index) => ({ ...one, essential: one.essential || index === 0 }))),
  kills: fc.array(fc.record({ after: fc.integer({ min: 1, max: 45 }), beforeEffect: fc.boolean() }), {
    maxLength: 4,
  }),
  usesEfs: fc.boolean(),
  stops: fc.boolean(),
});

function taskOf({ containers, usesEfs }: Scene): DesiredTask {
  const mountPoints = [{ sourceVolume: 'shared', containerPath: '/shared' }];
  return aTask(
    containers.map(({ essential }, index) =>
      aContainer(`c${index}`, { essential, stopTimeout: 2, ...(usesEfs && { mountPoints }) }),
    ),
    usesEfs ? { volumes: [efsVolumeOf('shared')] } : {},
  );
}

/** Plays a scene over all its kills; resolves with the machine and every report, in order. */
async function play(
  scene: Scene,
): Promise<{ machine: FakeMachine; reports: TaskReport[]; agent: AgentUnderTest }> {
  const machine = new FakeMachine(
    Object.fromEntries(scene.containers.map(({ behaviour }, index) => [`c${index}`, behaviour])),
  );
  const task = taskOf(scene);
  const reports: TaskReport[] = [];
  let under = new AgentUnderTest(machine);
  const sessions = [...scene.kills, { after: Number.POSITIVE_INFINITY, beforeEffect: false }];
  let wantsStop = false;
  for (const { after, beforeEffect } of sessions) {
    under = new AgentUnderTest(machine, {
      killAfterCalls: after,
      killBeforeEffect: beforeEffect,
    });
    const { agent, session } = under;
    const isOver = (): boolean => session.isDead || under.reports.at(-1)?.status === 'STOPPED';
    const tell = (): void => {
      void agent.upsert(wantsStop ? stopped(task) : task);
    };
    void agent.start(new AbortController().signal).then(tell);
    // The control plane asks for the end once it has heard that the task runs.
    await under.until(() => isOver() || under.reports.some(({ status }) => status === 'RUNNING'));
    if (
      !isOver() &&
      (scene.stops || scene.containers.every(({ behaviour }) => behaviour.exits === undefined))
    ) {
      wantsStop = true;
      tell();
    }
    const mustEnd = wantsStop || scene.containers.some((one) => one.essential && one.behaviour.exits);
    if (!mustEnd && !isOver()) {
      wantsStop = true;
      tell();
    }
    await under.until(isOver);
    // Before the stop a report may be ahead of the record by a step; the control plane only goes forward.
    assertForward(under.reports);
    reports.push(...under.reports.filter(({ stop }) => stop !== undefined));
  }
  return { machine, reports, agent: under };
}

describe('Recovery of the agent', () => {
  it('ends every task with nothing left, wherever it was killed before', async () => {
    await fc.assert(
      fc.asyncProperty(scenes, async (scene) => {
        const { machine, reports, agent } = await play(scene);
        try {
          assert.equal(agent.agent.reports()[0]?.status, 'STOPPED');
          assert.deepEqual(await machine.leftovers(), []);
          assertForward(reports);
          assertStartedOnce(machine);
          for (const container of agent.agent.reports()[0]?.containers ?? []) {
            assert.equal(container.status, 'STOPPED');
            if (container.startedAt !== undefined) assert.ok(container.imageDigest, 'its image is known');
          }
        } finally {
          await machine.close();
        }
      }),
      { numRuns: 60, includeErrorInReport: true },
    );
  });
});

function assertForward(reports: readonly TaskReport[]): void {
  for (const [index, report] of reports.entries()) {
    const before = reports[index - 1];
    if (before === undefined) continue;
    assert.ok(!isForward(report.status, before.status), `${before.status} then ${report.status}`);
    if (before.stop !== undefined) assert.deepEqual(report.stop, before.stop);
  }
}

/** A container that ran is never started again. */
function assertStartedOnce({ acts }: FakeMachine): void {
  const starts = acts.filter((act) => act.startsWith('start '));
  assert.equal(new Set(starts).size, starts.length, starts.join(', '));
}
