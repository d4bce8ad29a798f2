/** How far a container's dependencies let it go, by the facts of the others. Pure. */
import { type DependencyState, dependencyState } from '../../domain/task/dependencies.ts';
import type { ContainerFacts, TaskFacts } from './facts.ts';
import type { TaskShape } from './task-shape.ts';

export interface TaskView {
  readonly facts: TaskFacts;
  readonly shape: TaskShape;
  readonly now: number;
}

export interface Readiness {
  /** Its process may be made: whoever it starts behind is made already, and every other condition holds. */
  readonly mayCreate: boolean;
  readonly mayStart: boolean;
  /** Why it never will, in the agent's words. */
  readonly failure?: string;
  /** When waiting becomes a failure. */
  readonly until?: number;
}

export function readiness({ name }: Pick<ContainerFacts, 'name'>, view: TaskView): Readiness {
  const states = view.shape.container(name).dependencies.map((dependency) => {
    const state = dependencyState(name, dependency, dependencyFacts(dependency.on, view), view.now);
    return { condition: dependency.condition, isMade: isMade(find(dependency.on, view.facts)), state };
  });
  const failure = states.map(({ state }) => state).find(isFailed);
  const deadlines = states.flatMap(({ state }) =>
    state.state === 'waiting' && state.until !== undefined ? [state.until] : [],
  );
  return {
    mayCreate: states.every(
      ({ condition, isMade: made, state }) => state.state === 'met' || (condition === 'START' && made),
    ),
    mayStart: states.every(({ state }) => state.state === 'met'),
    ...(failure !== undefined && { failure: failure.reason }),
    ...(deadlines.length > 0 && { until: Math.min(...deadlines) }),
  };
}

/** The next time at which a container has waited too long; undefined when none waits with a limit. */
export function nextTimeout(view: TaskView): number | undefined {
  const deadlines = view.facts.containers
    .filter(({ phase }) => phase === 'none' || phase === 'created')
    .flatMap((container) => readiness(container, view).until ?? []);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

function dependencyFacts(name: string, { facts, shape }: TaskView): Parameters<typeof dependencyState>[2] {
  const container = find(name, facts);
  return {
    isCreated: isMade(container),
    startedAt: container.startedAt,
    hasEnded: container.phase === 'stopped',
    exitCode: container.exitCode,
    health: container.health?.status ?? 'UNKNOWN',
    startTimeoutMs: shape.container(name).startTimeoutMs,
  };
}

function isMade({ phase, startedAt }: ContainerFacts): boolean {
  return phase === 'stopped' ? startedAt !== undefined : phase !== 'none';
}

function find(name: string, facts: TaskFacts): ContainerFacts {
  const found = facts.containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`the task has no container ${name}`);
  return found;
}

function isFailed(state: DependencyState): state is Extract<DependencyState, { state: 'failed' }> {
  return state.state === 'failed';
}
