/**
 * Which steps of a task may run now: a pure function of the facts and of what is in flight. All that it names may
 * run at the same time.
 *
 *   attach-eni ─┬─ open-logs ─────────────┐            every container:
 *               └─ pull-image ─ charge ─┐ │            create, in order of definition, one at a time;
 *   create-disk ── write-files ─────────┼─┴─ start     start, in the same order
 *   create-cgroup ──────────────────────┘
 *
 *   stop: stop-container (all at once) → delete-container → close-logs → detach-eni
 *                                                         ↘ remove-disk, remove-cgroup
 */
import type { ContainerFacts, ResourceState, TaskFacts } from './facts.ts';
import { isLaunchStep, stepKey, type Step } from './steps.ts';

/** Steps that may start now and are not in flight. */
export function plan(facts: TaskFacts, inFlight: readonly Step[]): Step[] {
  const keys = new Set(inFlight.map(stepKey));
  const steps = facts.stop === undefined ? launchSteps(facts) : endSteps(facts, inFlight.some(isLaunchStep));
  return steps.filter((step) => !keys.has(stepKey(step)));
}

/** True when a stopped task has nothing left to stop or to release. */
export function isFinished(facts: TaskFacts, inFlight: readonly Step[]): boolean {
  return facts.stop !== undefined && inFlight.length === 0 && plan(facts, inFlight).length === 0;
}

function launchSteps(facts: TaskFacts): Step[] {
  const steps: Step[] = [];
  if (facts.eni !== 'made') steps.push({ name: 'attach-eni' });
  if (facts.disk !== 'made') steps.push({ name: 'create-disk' });
  if (facts.cgroup !== 'made') steps.push({ name: 'create-cgroup' });
  if (facts.disk === 'made' && !facts.filesWritten) steps.push({ name: 'write-files' });
  for (const container of facts.containers) {
    if (!wasStarted(container)) steps.push(...preparation(facts, container));
  }
  const next = facts.containers.find((container) => container.phase === 'none' && mayCreate(container));
  if (next?.pulled === true && isHostReady(facts)) {
    steps.push({ name: 'create-container', container: next.name });
  }
  const first = facts.containers.find((container) => !wasStarted(container));
  if (first?.phase === 'created' && first.logsReady && first.charged) {
    steps.push({ name: 'start-container', container: first.name });
  }
  return steps;
}

function preparation(facts: TaskFacts, container: ContainerFacts): Step[] {
  const steps: Step[] = [];
  if (facts.eni === 'made' && !container.logsReady) {
    steps.push({ name: 'open-logs', container: container.name });
  }
  if (facts.eni === 'made' && !container.pulled && container.phase === 'none') {
    steps.push({ name: 'pull-image', container: container.name });
  }
  if (facts.disk === 'made' && container.pulled && !container.charged) {
    steps.push({ name: 'charge-image', container: container.name });
  }
  return steps;
}

function wasStarted({ phase }: ContainerFacts): boolean {
  return phase === 'running' || phase === 'stopped';
}

/** The place of `dependsOn`: a container whose conditions do not hold is passed over, and others go on. */
function mayCreate(_container: ContainerFacts): boolean {
  return true;
}

function isHostReady(facts: TaskFacts): boolean {
  return facts.eni === 'made' && facts.disk === 'made' && facts.cgroup === 'made' && facts.filesWritten;
}

function endSteps(facts: TaskFacts, isLaunching: boolean): Step[] {
  const running = facts.containers.filter(({ phase }) => phase === 'running');
  if (running.length > 0) return running.map(({ name }) => ({ name: 'stop-container', container: name }));
  // What is still being made would be missed by its undo.
  if (isLaunching) return [];
  const undeleted = facts.containers.filter(({ begun, deleted }) => begun && !deleted);
  if (undeleted.length > 0)
    return undeleted.map(({ name }) => ({ name: 'delete-container', container: name }));
  const steps: Step[] = [];
  if (isHeld(facts.logs)) steps.push({ name: 'close-logs' });
  else if (isHeld(facts.eni)) steps.push({ name: 'detach-eni' });
  if (isHeld(facts.disk)) steps.push({ name: 'remove-disk' });
  if (isHeld(facts.cgroup)) steps.push({ name: 'remove-cgroup' });
  return steps;
}

function isHeld(state: ResourceState): boolean {
  return state === 'begun' || state === 'made';
}
