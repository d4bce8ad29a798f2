import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { begin } from './executors.ts';
import { changeContainer, type FactsChange, newFacts, type TaskFacts } from './facts.ts';
import { isFinished, plan } from './plan.ts';
import { containerExited, containerStarted, settle, stopBecause } from './settle.ts';
import { isLaunchStep, type Step, stepKey, type StepName } from './steps.ts';

const ids = { hex: (length: number) => '1'.repeat(length), uuid: () => '' };
const STOP = { stopCode: 'UserInitiated', reason: 'x' } as const;

function facts(...names: string[]): TaskFacts {
  return newFacts(anAssignment(names.map((name) => aContainer(name))), ids);
}

/** What each step makes true. */
const OUTCOMES: Readonly<Record<StepName, (name: string) => FactsChange>> = {
  'attach-eni': () => (now) => ({ ...now, eni: 'made', namespacePath: '/n' }),
  'create-disk': () => (now) => ({ ...now, disk: 'made', diskPath: '/d' }),
  'create-cgroup': () => (now) => ({ ...now, cgroup: 'made', cgroupPath: '/c' }),
  'write-files': () => (now) => ({ ...now, filesWritten: true }),
  'open-logs': (name) => changeContainer(name, () => ({ logsReady: true })),
  'pull-image': (name) => changeContainer(name, () => ({ pulled: true })),
  'charge-image': (name) => changeContainer(name, () => ({ charged: true })),
  'create-container': (name) => changeContainer(name, () => ({ phase: 'created' })),
  'start-container': (name) => containerStarted(name, 1),
  'stop-container': (name) => containerExited(name, { exitCode: 143, exitedAt: 2 }),
  'delete-container': (name) => changeContainer(name, () => ({ deleted: true })),
  'close-logs': () => (now) => ({ ...now, logs: 'gone' }),
  'detach-eni': () => (now) => ({ ...now, eni: 'gone' }),
  'remove-disk': () => (now) => ({ ...now, disk: 'gone' }),
  'remove-cgroup': () => (now) => ({ ...now, cgroup: 'gone' }),
};

class Play {
  facts: TaskFacts;
  inFlight: Step[] = [];
  readonly done: string[] = [];

  constructor(start: TaskFacts) {
    this.facts = start;
  }

  /** Starts what is planned; ends one step of those in flight. False when nothing is left. */
  turn(choice: number): boolean {
    for (const step of plan(this.facts, this.inFlight)) {
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
    const next = settle(change(this.facts), 1, false);
    this.facts = settle(next, 1, isFinished(next, this.inFlight));
  }
}

describe('The plan of a task', () => {
  it('begins with network, disk and cgroup at once', () => {
    assert.deepEqual(plan(facts('web'), []).map(stepKey), ['attach-eni', 'create-disk', 'create-cgroup']);
  });

  it('pulls every image and opens every log as soon as there is a network', () => {
    const attached = OUTCOMES['attach-eni']('')(facts('a', 'b'));
    assert.deepEqual(plan(attached, [{ name: 'create-disk' }, { name: 'create-cgroup' }]).map(stepKey), [
      'open-logs:a',
      'pull-image:a',
      'open-logs:b',
      'pull-image:b',
    ]);
  });

  it('starts one container while it creates the next', () => {
    const play = new Play(facts('a', 'b'));
    while (!play.done.includes('create-container:a')) play.turn(play.done.length);
    while (play.inFlight.some(({ name }) => name === 'open-logs' || name === 'charge-image')) play.turn(0);
    const keys = [...play.inFlight, ...plan(play.facts, play.inFlight)].map(stepKey);
    assert.ok(keys.includes('create-container:b') || play.done.includes('create-container:b'), keys.join());
  });

  it('plans nothing for a task that is to stop before anything was made', () => {
    assert.deepEqual(plan(stopBecause(STOP)(facts('web')), []), []);
  });

  it('undoes nothing while a launching step is in flight', () => {
    const stopping = stopBecause(STOP)(OUTCOMES['attach-eni']('')(facts('web')));
    assert.deepEqual(plan(stopping, [{ name: 'create-disk' }]), []);
    assert.deepEqual(plan(stopping, []).map(stepKey), ['detach-eni']);
  });

  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 });
  const choices = fc.infiniteStream(fc.nat(20));

  it('ends RUNNING in any order of events, with containers started in order, and then plans nothing', () => {
    fc.assert(
      fc.property(names, choices, (containers, stream) => {
        const play = new Play(facts(...containers));
        while (play.turn(next(stream)));
        assert.equal(play.facts.status, 'RUNNING');
        const starts = play.done.filter((key) => key.startsWith('start-container:'));
        assert.deepEqual(
          starts,
          containers.map((name) => `start-container:${name}`),
        );
        assert.equal(new Set(play.done).size, play.done.length, 'no step twice');
        assert.deepEqual(plan(play.facts, []), []);
      }),
    );
  });

  it('ends STOPPED with all released, whenever the stop comes', () => {
    fc.assert(
      fc.property(names, choices, fc.nat(40), (containers, stream, stopAfter) => {
        const play = new Play(facts(...containers));
        for (let turn = 0; turn < stopAfter && play.turn(next(stream)); turn += 1);
        play.apply(stopBecause(STOP));
        const before = play.done.length;
        while (play.turn(next(stream)));
        play.apply((now) => now);
        assert.equal(play.facts.status, 'STOPPED');
        const { eni, disk, cgroup, logs } = play.facts;
        for (const state of [eni, disk, cgroup, logs]) assert.ok(state === 'none' || state === 'gone');
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
  for (const undo of ['remove-disk', 'remove-cgroup', 'close-logs'])
    assert.ok(last('delete-container') < first(undo));
  for (const key of done) {
    const step = { name: key.split(':')[0] } as Step;
    if (isLaunchStep(step)) assert.ok(done.indexOf(key) < first('delete-container'));
  }
}
