import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, aTask } from '../../../test/support/agent/assignments.ts';
import type { RuntimeContainer } from '../../ports/container-runtime.ts';
import { type ContainerFacts, newFacts, type TaskFacts } from './facts.ts';
import { VANISHED } from './changes.ts';
import { type Observed, recoverFacts } from './recover.ts';

const desired = aTask([aContainer('web')]);
const { taskId } = desired.assignment;
const NOW = 1_000;
const fresh = newFacts(desired.assignment, { hex: (length) => '1'.repeat(length), uuid: () => '' });

function recorded(container: Partial<ContainerFacts>, task: Partial<TaskFacts> = {}): TaskFacts {
  return { ...fresh, ...task, containers: fresh.containers.map((one) => ({ ...one, ...container })) };
}

function recover(
  facts: TaskFacts,
  found: Pick<RuntimeContainer, 'state' | 'exit'> | undefined,
  isAttached = true,
): TaskFacts & { web: ContainerFacts } {
  const id = facts.containers[0]?.runtimeId ?? '';
  const there = new Set(isAttached ? [taskId] : []);
  const observed: Observed = {
    containers: new Map(found === undefined ? [] : [[id, { id, taskId, labels: {}, ...found }]]),
    attached: there,
    disks: there,
    cgroups: there,
    logs: there,
    fileSystems: there,
  };
  const next = recoverFacts({ desired, facts }, observed, NOW);
  return { ...next, web: next.containers[0] as ContainerFacts };
}

describe('Recovered facts', () => {
  it('adopt a running container, even one that the record does not know to run', () => {
    const { web } = recover(recorded({ begun: true, pulled: true }), { state: 'running' });
    assert.equal(web.phase, 'running');
    assert.ok(web.logsReady && web.charged, 'its output is followed again');
    assert.equal(web.startedAt, NOW);
  });

  it('hold the exit of a container that ended meanwhile', () => {
    const exit = { exitCode: 4, exitedAt: 900 };
    const { web } = recover(recorded({ phase: 'running', startedAt: 5 }), { state: 'exited', exit });
    assert.deepEqual([web.phase, web.exitCode, web.finishedAt, web.startedAt], ['stopped', 4, 900, 5]);
  });

  it('make a container once more that never started', () => {
    for (const found of [undefined, { state: 'absent' as const }, { state: 'created' as const }]) {
      const { web } = recover(recorded({ begun: true }), found);
      assert.equal(web.phase, 'none');
      assert.equal(web.pulled, false);
    }
  });

  it('start a created container whose image is on record', () => {
    assert.equal(recover(recorded({ pulled: true }), { state: 'created' }).web.phase, 'created');
  });

  it('count a container as lost that ran and is gone', () => {
    const { web } = recover(recorded({ phase: 'running' }), undefined);
    assert.deepEqual([web.phase, web.exitCode, web.reason], ['stopped', undefined, VANISHED]);
  });

  it('never run a container again that may have run before the machine was switched off', () => {
    const { web } = recover(recorded({ phase: 'created', pulled: true }), { state: 'absent' }, false);
    assert.equal(web.phase, 'stopped');
  });

  it('keep what was recorded as ended, and release what is still there', () => {
    const gone = { eni: 'gone', disk: 'gone', cgroup: 'gone', logs: 'gone' } as const;
    const after = recover(recorded({ phase: 'stopped', exitCode: 0, begun: true, deleted: true }, gone), {
      state: 'exited',
      exit: { exitCode: 0, exitedAt: 1 },
    });
    assert.equal(after.web.exitCode, 0);
    assert.equal(after.web.deleted, false);
    for (const name of ['eni', 'disk', 'cgroup', 'logs'] as const) assert.equal(after[name], 'begun');
  });

  it('mount file systems again while no container has run, and never after that', () => {
    const fresh = recover(recorded({}, { fileSystems: 'made' }), undefined);
    assert.equal(fresh.fileSystems, 'begun');
    const running = recover(recorded({ phase: 'running' }, { fileSystems: 'made' }), { state: 'running' });
    assert.equal(running.fileSystems, 'made');
    const lost = recover(recorded({}, { fileSystems: 'none' }), undefined);
    assert.equal(lost.fileSystems, 'begun', 'it is there, whatever the record knows');
  });

  it('make sure of every resource again while the task is launched, of none while it runs', () => {
    const made = { eni: 'made', disk: 'made', cgroup: 'made', logs: 'begun', filesWritten: true } as const;
    const launching = recover(recorded({}, made), undefined);
    assert.deepEqual([launching.eni, launching.disk, launching.filesWritten], ['begun', 'begun', false]);
    const running = recover(recorded({ phase: 'running' }, made), { state: 'running' });
    assert.deepEqual([running.eni, running.disk, running.filesWritten], ['made', 'made', true]);
  });
});
