/**
 * Which container of a task waits for which other, and whether it has waited long enough: `dependsOn`, `volumesFrom`
 * and the log router, by the rules of the ECS agent. Pure. A failure is told in the agent's words.
 */
import type { ContainerDefinition } from '../ecs/task-definition.ts';
import type { HealthStatus } from './lifecycle.ts';

export type DependencyCondition = 'CREATE' | 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';

export interface Dependency {
  /** Name of the container that is waited for. */
  readonly on: string;
  readonly condition: DependencyCondition;
}

/** What is known of a container that another one waits for. */
export interface DependencyFacts {
  readonly isCreated: boolean;
  /** Epoch milliseconds; absent: it was never started. */
  readonly startedAt?: number | undefined;
  /** For good: one that is about to be restarted has not ended. */
  readonly hasEnded: boolean;
  readonly exitCode?: number | undefined;
  readonly health: HealthStatus;
  /** Its own `startTimeout`: how long others wait for it once it was started. Absent: for ever. */
  readonly startTimeoutMs?: number | undefined;
}

/** `failed`: it will never hold; `until`: when waiting turns into a failure. */
export type DependencyState =
  | { readonly state: 'met' }
  | { readonly state: 'waiting'; readonly until?: number }
  | { readonly state: 'failed'; readonly reason: string };

const MET: DependencyState = { state: 'met' };

/** What a container waits for, in the order of its definition; explicit conditions first. */
export function dependenciesOf(
  container: ContainerDefinition,
  containers: readonly ContainerDefinition[],
): Dependency[] {
  const explicit = (container.dependsOn ?? []).map(({ containerName = '', condition = '' }) => ({
    on: containerName,
    condition: condition as DependencyCondition,
  }));
  const sources = (container.volumesFrom ?? []).map(({ sourceContainer = '' }) => ({
    on: sourceContainer,
    condition: 'CREATE' as const,
  }));
  return [...explicit, ...sources, ...routerOf(container, containers, explicit)];
}

/** Whoever logs through the router starts after it, unless the router itself waits for others. */
function routerOf(
  container: ContainerDefinition,
  containers: readonly ContainerDefinition[],
  explicit: readonly Dependency[],
): Dependency[] {
  const router = containers.find(({ firelensConfiguration }) => firelensConfiguration !== undefined);
  if (router?.name === undefined || router === container) return [];
  if (container.logConfiguration?.logDriver !== 'awsfirelens') return [];
  if ((router.dependsOn ?? []).length > 0 || explicit.some(({ on }) => on === router.name)) return [];
  return [{ on: router.name, condition: 'START' }];
}

/** Whether `target` may go on, as far as this one dependency is concerned. */
export function dependencyState(
  target: string,
  { on, condition }: Dependency,
  facts: DependencyFacts,
  now: number,
): DependencyState {
  if (holds(condition, facts)) return MET;
  const unresolved = `dependency graph: failed to resolve the container ordering dependency [${on}] for target [${target}]`;
  if (facts.hasEnded && facts.startedAt === undefined) {
    return failed(`${unresolved} because dependency will never start`);
  }
  if (facts.hasEnded) {
    const why = condition === 'HEALTHY' ? 'did not become healthy' : 'did not exit successfully';
    return failed(`${unresolved} as dependency ${why}.`);
  }
  const mayTimeOut = condition === 'COMPLETE' || condition === 'SUCCESS' || condition === 'HEALTHY';
  if (!mayTimeOut || facts.startedAt === undefined || facts.startTimeoutMs === undefined) {
    return { state: 'waiting' };
  }
  const until = facts.startedAt + facts.startTimeoutMs;
  if (now < until) return { state: 'waiting', until };
  return failed(
    `dependency graph: container ordering dependency [${on}] for target [${target}] has timed out.`,
  );
}

function holds(condition: DependencyCondition, facts: DependencyFacts): boolean {
  switch (condition) {
    case 'CREATE':
      return facts.isCreated;
    case 'START':
      return facts.startedAt !== undefined;
    case 'COMPLETE':
      return facts.hasEnded && facts.startedAt !== undefined && facts.exitCode !== undefined;
    case 'SUCCESS':
      return facts.hasEnded && facts.exitCode === 0;
    case 'HEALTHY':
      // One that was healthy when it ended still counts.
      return facts.health === 'HEALTHY';
  }
}

function failed(reason: string): DependencyState {
  return { state: 'failed', reason: `CannotStartContainerError: ${reason}` };
}
