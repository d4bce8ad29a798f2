import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { containerExited, stopBecause } from './changes.ts';
import { begin } from './executors.ts';
import { changeContainer, type ContainerFacts, newFacts, type TaskFacts } from './facts.ts';
import { settle } from './settle.ts';
import type { Step } from './steps.ts';
import { taskShape } from './task-shape.ts';

const POLICY = { enabled: true };
const STOP = stopBecause({ stopCode: 'UserInitiated', reason: 'x' });
const assignment = anAssignment([aContainer('web', { restartPolicy: POLICY })]);

function factsWith(web: Partial<ContainerFacts>): TaskFacts {
  const ids = { hex: (length: number) => '1'.repeat(length), uuid: () => '' };
  return changeContainer('web', () => web)(newFacts(assignment, ids));
}

function settled(facts: TaskFacts, inFlight: readonly Step[] = []): TaskFacts {
  return settle({ facts, shape: taskShape(assignment), inFlight, now: 90_000 }, false);
}

describe('What follows from facts', () => {
  it('is STOPPING, and not the end of execution, while a start is under way', () => {
    const step: Step = { name: 'start-container', container: 'web' };
    const facts = settled(STOP(begin(step)(factsWith({ phase: 'created' }))), [step]);
    assert.equal(facts.status, 'STOPPING');
    assert.equal(facts.executionStoppedAt, undefined);
  });

  it('is the end of a container that the task’s end finds waiting for its restart', () => {
    const restarting: Partial<ContainerFacts> = {
      phase: 'restarting',
      startedAt: 1,
      lastExit: { exitCode: 3, exitedAt: 70_000 },
    };
    const [web] = settled(STOP(factsWith(restarting))).containers;
    assert.deepEqual([web?.phase, web?.exitCode, web?.finishedAt], ['stopped', 3, 70_000]);
    const underWay: Step = { name: 'restart-container', container: 'web' };
    assert.equal(settled(STOP(factsWith(restarting)), [underWay]).containers[0]?.phase, 'restarting');
  });

  it('is an end even where the run before ended in the same millisecond', () => {
    const running = factsWith({
      phase: 'running',
      startedAt: 1,
      lastExit: { exitCode: 0, exitedAt: 70_000 },
    });
    const again = containerExited('web', { exitCode: 0, exitedAt: 70_000 }, POLICY)(running);
    assert.equal(again.containers[0]?.phase, 'running');
    const killed = containerExited('web', { exitCode: 143, exitedAt: 70_000 }, undefined)(running);
    assert.equal(killed.containers[0]?.exitCode, 143);
  });
});
