import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AssignedContainer, TaskAssignment } from '../../domain/task/assignment.ts';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { containerExited, containerRestarted, containerStarted, stopBecause } from './changes.ts';
import { begin } from './executors.ts';
import { changeContainer, type FactsChange, newFacts, type TaskFacts } from './facts.ts';
import { isFinished, plan, type PlanInput } from './plan.ts';
import { settle } from './settle.ts';
import { isLaunchStep, type Step, stepKey, type StepName } from './steps.ts';
import { taskShape, type TaskShape } from './task-shape.ts';

const ids = { hex: (length: number) => '1'.repeat(length), uuid: () => '' };
const STOP = { stopCode: 'UserInitiated', reason: 'x' } as const;

const NOW = 1;

class Scene {
  readonly assignment: TaskAssignment;
  readonly shape: TaskShape;
  readonly facts: TaskFacts;

  constructor(containers: readonly AssignedContainer[], changes: Partial<TaskAssignment> = {}) {
    this.assignment = anAssignment(containers, changes);
    this.shape = taskShape(this.assignment);
    this.facts = newFacts(this.assignment, ids);
  }

  /** Keys of what is planned by these facts. */
  planned(facts: TaskFacts, inFlight: readonly Step[] = []): string[] {
    return plan({ facts, shape: this.shape, inFlight, now: NOW }).map(stepKey);
  }
}

function aScene(...names: string[]): Scene {
  return new Scene(names.map((name) => aContainer(name)));
}

/** What each step makes true. */
const OUTCOMES: Readonly<Record<StepName, (name: string) => FactsChange>> = {
  'attach-eni': () => (now) => ({ ...now, eni: 'made', namespacePath: '/n' }),
  'create-disk': () => (now) => ({ ...now, disk: 'made', diskPath: '/d' }),
  'create-cgroup': () => (now) => ({ ...now, cgroup: 'made', cgroupPath: '/c' }),
  'create-pid-namespace': () => (now) => ({ ...now, pidNamespace: 'made', pausePid: 7 }),
  'fetch-secrets': () => (now) => ({ ...now, secretsFetched: true }),
  'fetch-environment-files': () => (now) => ({ ...now, environmentFetched: true }),
  'mount-file-systems': () => (now) => ({ ...now, fileSystems: 'made' }),
  'write-files': () => (now) => ({ ...now, filesWritten: true }),
  'open-logs': (name) => changeContainer(name, () => ({ logsReady: true })),
  'pull-image': (name) => changeContainer(name, () => ({ pulled: true })),
  'charge-image': (name) => changeContainer(name, () => ({ charged: true })),
  'create-container': (name) => changeContainer(name, () => ({ phase: 'created' })),
  'start-container': (name) => containerStarted(name, 1),
  'restart-container': (name) => containerRestarted(name, 1),
  'stop-container': (name) => containerExited(name, { exitCode: 143, exitedAt: 2 }, undefined),
  'delete-container': (name) => changeContainer(name, () => ({ deleted: true })),
  'close-logs': () => (now) => ({ ...now, logs: 'gone' }),
  'remove-pid-namespace': () => (now) => ({ ...now, pidNamespace: 'gone' }),
  'unmount-file-systems': () => (now) => ({ ...now, fileSystems: 'gone' }),
  'detach-eni': () => (now) => ({ ...now, eni: 'gone' }),
  'remove-disk': () => (now) => ({ ...now, disk: 'gone' }),
  'remove-cgroup': () => (now) => ({ ...now, cgroup: 'gone' }),
};

class Play {
  readonly shape: TaskShape;
  facts: TaskFacts;
  inFlight: Step[] = [];
  readonly done: string[] = [];

  constructor({ facts, shape }: Scene) {
    this.facts = facts;
    this.shape = shape;
  }

  view(facts = this.facts): PlanInput {
    return { facts, shape: this.shape, inFlight: this.inFlight, now: NOW };
  }

  /** Starts what is planned; ends one step of those in flight. False when nothing is left. */
  turn(choice: number): boolean {
    for (const step of plan(this.view())) {
      this.inFlight.push(step);
      this.facts = begin(step)(this.facts);
    }
    const step = this.inFlight[choice % Math.max(this.inFlight.length, 1)];
    if (step === undefined) return false;
    this.inFlight = this.inFlight.filter((other) => other !== step);
    this.done.push(stepKey(step));
    this.apply(OUTCOMES[step.name](step.container ?? ''));
    return true;
  }

  apply(change: FactsChange): void {
    const next = settle(this.view(change(this.facts)), false);
    this.facts = settle(this.view(next), isFinished(this.view(next)));
  }
}

describe('The plan of a task', () => {
  it('begins with network, disk and cgroup at once', () => {
    const scene = aScene('web');
    assert.deepEqual(scene.planned(scene.facts), ['attach-eni', 'create-disk', 'create-cgroup']);
  });

  it('pulls every image and opens every log as soon as there is a network', () => {
    const scene = aScene('a', 'b');
    const attached = OUTCOMES['attach-eni']('')(scene.facts);
    assert.deepEqual(scene.planned(attached, [{ name: 'create-disk' }, { name: 'create-cgroup' }]), [
      'open-logs:a',
      'pull-image:a',
      'open-logs:b',
      'pull-image:b',
    ]);
  });

  it('fetches secrets before it pulls images and opens logs, which may need them', () => {
    const scene = new Scene([aContainer('a', { secrets: [{ name: 'KEY', valueFrom: 'parameter' }] })]);
    const attached = OUTCOMES['attach-eni']('')(scene.facts);
    const others: Step[] = [{ name: 'create-disk' }, { name: 'create-cgroup' }];
    assert.deepEqual(scene.planned(attached, others), ['fetch-secrets']);
    const fetched = OUTCOMES['fetch-secrets']('')(attached);
    assert.deepEqual(scene.planned(fetched, others), ['open-logs:a', 'pull-image:a']);
  });

  it('makes the shared PID namespace before any container, and keeps it until all are deleted', () => {
    const play = new Play(new Scene([aContainer('a')], { pidMode: 'task' }));
    while (play.turn(0));
    assert.ok(play.done.indexOf('create-pid-namespace') < play.done.indexOf('create-container:a'));
    play.apply(stopBecause(STOP));
    while (play.turn(0));
    assert.ok(play.done.indexOf('delete-container:a') < play.done.indexOf('remove-pid-namespace'));
    assert.ok(play.done.indexOf('remove-pid-namespace') < play.done.indexOf('remove-disk'));
  });

  it('mounts file systems before any container is made, and unmounts them while the network is there', () => {
    const mountPoints = [{ sourceVolume: 'shared', containerPath: '/shared' }];
    const volumes = [{ name: 'shared', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }];
    const play = new Play(new Scene([aContainer('a', { mountPoints })], { volumes }));
    while (play.turn(0));
    assert.ok(play.done.indexOf('attach-eni') < play.done.indexOf('mount-file-systems'));
    assert.ok(play.done.indexOf('mount-file-systems') < play.done.indexOf('create-container:a'));
    play.apply(stopBecause(STOP));
    while (play.turn(3));
    const undone = play.done.indexOf('unmount-file-systems');
    assert.ok(play.done.indexOf('delete-container:a') < undone);
    for (const later of ['detach-eni', 'remove-disk', 'remove-cgroup']) {
      assert.ok(undone < play.done.indexOf(later), later);
    }
  });

  it('starts one container while it creates the next', () => {
    const play = new Play(aScene('a', 'b'));
    while (!play.done.includes('create-container:a')) play.turn(play.done.length);
    while (play.inFlight.some(({ name }) => name === 'open-logs' || name === 'charge-image')) play.turn(0);
    const keys = [...play.inFlight, ...plan(play.view())].map(stepKey);
    assert.ok(keys.includes('create-container:b') || play.done.includes('create-container:b'), keys.join());
  });

  it('plans nothing for a task that is to stop before anything was made', () => {
    const scene = aScene('web');
    assert.deepEqual(scene.planned(stopBecause(STOP)(scene.facts)), []);
  });

  it('undoes nothing while a launching step is in flight', () => {
    const scene = aScene('web');
    const stopping = stopBecause(STOP)(OUTCOMES['attach-eni']('')(scene.facts));
    assert.deepEqual(scene.planned(stopping, [{ name: 'create-disk' }]), []);
    assert.deepEqual(scene.planned(stopping), ['detach-eni']);
  });

  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 });
  const choices = fc.infiniteStream(fc.nat(20));

  it('ends RUNNING in any order of events, each container started once, and then plans nothing', () => {
    fc.assert(
      fc.property(names, choices, (containers, stream) => {
        const play = new Play(aScene(...containers));
        while (play.turn(next(stream)));
        assert.equal(play.facts.status, 'RUNNING');
        const starts = play.done.filter((key) => key.startsWith('start-container:'));
        assert.deepEqual(starts.toSorted(), containers.map((name) => `start-container:${name}`).toSorted());
        assert.equal(new Set(play.done).size, play.done.length, 'no step twice');
        assert.deepEqual(plan(play.view()), []);
      }),
    );
  });

  it('ends STOPPED with all released, whenever the stop comes', () => {
    fc.assert(
      fc.property(names, choices, fc.nat(40), (containers, stream, stopAfter) => {
        const volumes = [{ name: 'shared', efsVolumeConfiguration: { fileSystemId: 'fs-1' } }];
        const all = containers.map((name) => aContainer(name));
        const play = new Play(new Scene(all, { volumes }));
        for (let turn = 0; turn < stopAfter && play.turn(next(stream)); turn += 1);
        play.apply(stopBecause(STOP));
        const before = play.done.length;
        while (play.turn(next(stream)));
        play.apply((now) => now);
        assert.equal(play.facts.status, 'STOPPED');
        const { eni, disk, cgroup, logs, fileSystems } = play.facts;
        for (const state of [eni, disk, cgroup, logs, fileSystems])
          assert.ok(state === 'none' || state === 'gone');
        assertUndoOrder(play.done.slice(before));
      }),
    );
  });
});

function next(stream: Iterator<number>): number {
  return Number(stream.next().value);
}

/** The interface outlives the logs' last delivery; the disk outlives the containers on it. */
function assertUndoOrder(done: readonly string[]): void {
  const last = (name: string): number => done.findLastIndex((key) => key.startsWith(name));
  const first = (name: string): number => {
    const index = done.findIndex((key) => key.startsWith(name));
    return index < 0 ? Number.POSITIVE_INFINITY : index;
  };
  assert.ok(last('close-logs') < first('detach-eni'));
  assert.ok(last('unmount-file-systems') < first('detach-eni'));
  for (const undo of ['remove-disk', 'remove-cgroup', 'close-logs', 'unmount-file-systems'])
    assert.ok(last('delete-container') < first(undo));
  for (const key of done) {
    const step = { name: key.split(':')[0] } as Step;
    if (isLaunchStep(step)) assert.ok(done.indexOf(key) < first('delete-container'));
  }
}
