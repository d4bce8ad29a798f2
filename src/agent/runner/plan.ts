/**
 * Which steps of a task may run now: a pure function of the facts, the task's shape and what is in flight. All that it
 * names may run at the same time.
 *
 *   attach-eni ─┬─ fetch-secrets ── open-logs ────────┐            every container whose dependencies allow it:
 *               ├─ fetch-environment-files ─────────┐ │            create, one at a time; start
 *               ├─ mount-file-systems ──────────────┤ │
 *               └─ (secrets) pull-image ─ charge ─┐ │ │
 *   create-disk ── write-files ───────────────────┼─┴─┴─ start
 *   create-cgroup ──── (create-pid-namespace) ────┘
 *
 *   stop: stop-container, dependents first → delete-container ─┬─ close-logs ───────────┬─ detach-eni
 *                                                              ├─ unmount-file-systems ─┴┬─ remove-disk, remove-cgroup
 *                                                              └─ remove-pid-namespace ──┘
 */
import { type ContainerFacts, isAlive, isPastStart, type ResourceState, type TaskFacts } from './facts.ts';
import { readiness } from './readiness.ts';
import { isLaunchStep, stepKey, type Step, type StepName } from './steps.ts';
import type { TaskShape } from './task-shape.ts';

export interface PlanInput {
  readonly facts: TaskFacts;
  readonly shape: TaskShape;
  readonly inFlight: readonly Step[];
  readonly now: number;
}

/** Steps that may start now and are not in flight. */
export function plan(input: PlanInput): Step[] {
  const keys = new Set(input.inFlight.map(stepKey));
  const steps = input.facts.stop === undefined ? launchSteps(input) : endSteps(input);
  return steps.filter((step) => !keys.has(stepKey(step)));
}

/** True when a stopped task has nothing left to stop or to release. */
export function isFinished(input: PlanInput): boolean {
  return input.facts.stop !== undefined && input.inFlight.length === 0 && plan(input).length === 0;
}

function launchSteps(input: PlanInput): Step[] {
  const { facts } = input;
  const steps = surroundings(input);
  for (const container of facts.containers) {
    if (!isPastStart(container)) steps.push(...preparation(input, container));
    if (container.phase === 'restarting') {
      steps.push({ name: 'restart-container', container: container.name });
    }
  }
  return [...steps, ...creation(input), ...starts(input)];
}

/** What the whole task needs. */
function surroundings({ facts, shape }: PlanInput): Step[] {
  const names: StepName[] = [];
  if (facts.eni !== 'made') names.push('attach-eni');
  if (facts.disk !== 'made') names.push('create-disk');
  if (facts.cgroup !== 'made') names.push('create-cgroup');
  if (facts.disk === 'made' && !facts.filesWritten) names.push('write-files');
  const isPlaced = facts.eni === 'made' && facts.disk === 'made' && facts.cgroup === 'made';
  if (shape.sharesProcesses && isPlaced && facts.pidNamespace !== 'made') names.push('create-pid-namespace');
  const isLaunching = facts.containers.some((container) => !isPastStart(container));
  if (facts.eni === 'made' && isLaunching) {
    if (shape.needsSecrets && !facts.secretsFetched) names.push('fetch-secrets');
    if (shape.usesFileSystems && facts.fileSystems !== 'made') names.push('mount-file-systems');
    if (shape.needsEnvironmentFiles && !facts.environmentFetched) names.push('fetch-environment-files');
  }
  return names.map((name) => ({ name }));
}

function preparation({ facts, shape }: PlanInput, container: ContainerFacts): Step[] {
  const steps: Step[] = [];
  const mayConnect = facts.eni === 'made' && (facts.secretsFetched || !shape.needsSecrets);
  if (mayConnect && !container.logsReady) {
    steps.push({ name: 'open-logs', container: container.name });
  }
  if (mayConnect && !container.pulled && container.phase === 'none') {
    steps.push({ name: 'pull-image', container: container.name });
  }
  if (facts.disk === 'made' && container.pulled && !container.charged) {
    steps.push({ name: 'charge-image', container: container.name });
  }
  return steps;
}

/** One at a time: the first one's shim serves the others. A container's dependencies need only be there, not met. */
function creation(input: PlanInput): Step[] {
  const { facts, inFlight } = input;
  if (!isHostReady(input) || inFlight.some(({ name }) => name === 'create-container')) return [];
  const next = facts.containers.find((container) => {
    return container.phase === 'none' && container.pulled && readiness(container, input).mayCreate;
  });
  return next === undefined ? [] : [{ name: 'create-container', container: next.name }];
}

function starts(input: PlanInput): Step[] {
  return input.facts.containers
    .filter(({ phase, logsReady, charged }) => phase === 'created' && logsReady && charged)
    .filter((container) => readiness(container, input).mayStart)
    .map(({ name }) => ({ name: 'start-container', container: name }));
}

function isHostReady({ facts, shape }: PlanInput): boolean {
  return (
    facts.eni === 'made' &&
    facts.disk === 'made' &&
    facts.cgroup === 'made' &&
    facts.filesWritten &&
    (facts.pidNamespace === 'made' || !shape.sharesProcesses) &&
    (facts.fileSystems === 'made' || !shape.usesFileSystems) &&
    (facts.secretsFetched || !shape.needsSecrets) &&
    (facts.environmentFetched || !shape.needsEnvironmentFiles)
  );
}

function endSteps({ facts, shape, inFlight }: PlanInput): Step[] {
  const alive = facts.containers.filter(isAlive);
  if (alive.length > 0) {
    const starting = new Set(inFlight.filter(isLaunchStep).map(({ container }) => container));
    const isOver = (name: string): boolean =>
      !alive.some((container) => container.name === name) && !starting.has(name);
    // One that is being started again is told to stop when it runs: before, the signal would end its start.
    return alive
      .filter(({ name }) => !starting.has(name) && shape.container(name).dependents.every(isOver))
      .map(({ name }) => ({ name: 'stop-container', container: name }));
  }
  // What is still being made would be missed by its undo.
  if (inFlight.some(isLaunchStep)) return [];
  const undeleted = facts.containers.filter(({ begun, deleted }) => begun && !deleted);
  if (undeleted.length > 0)
    return undeleted.map(({ name }) => ({ name: 'delete-container', container: name }));
  const steps: Step[] = [];
  const isMounted = isHeld(facts.fileSystems);
  if (isMounted) steps.push({ name: 'unmount-file-systems' });
  if (isHeld(facts.logs)) steps.push({ name: 'close-logs' });
  // What is mounted over the network needs the network to end well.
  else if (isHeld(facts.eni) && !isMounted) steps.push({ name: 'detach-eni' });
  if (isHeld(facts.pidNamespace)) return [...steps, { name: 'remove-pid-namespace' }];
  if (isMounted) return steps;
  if (isHeld(facts.disk)) steps.push({ name: 'remove-disk' });
  if (isHeld(facts.cgroup)) steps.push({ name: 'remove-cgroup' });
  return steps;
}

function isHeld(state: ResourceState): boolean {
  return state === 'begun' || state === 'made';
}
