/**
 * The containers of a task as they are to run: the definition's, with the overrides of RunTask applied and each with
 * its own ARN. Pure; what it needs is on record.
 */
import type { AssignedContainer } from '../task/assignment.ts';
import type { TaskRecord } from './records.ts';
import type {
  ContainerDefinition,
  ContainerOverride,
  KeyValuePair,
  TaskDefinition,
} from './task-definition.ts';

/** In the definition's order. Throws Error when record and definition do not belong together. */
export function assignedContainers(
  record: Pick<TaskRecord, 'containers' | 'overrides'>,
  { containerDefinitions }: Pick<TaskDefinition, 'containerDefinitions'>,
): AssignedContainer[] {
  return containerDefinitions.map((definition) => {
    const container = record.containers.find(({ name }) => name === definition.name);
    if (container === undefined) throw new Error(`the task has no container ${definition.name}`);
    const overrides =
      record.overrides.containerOverrides?.filter(({ name }) => name === container.name) ?? [];
    return {
      containerArn: container.containerArn,
      definition: {
        ...overrides.reduce(applyOverride, definition),
        name: container.name,
        image: container.image,
        essential: container.essential,
      },
    };
  });
}

/** A container with one override: environment variables are merged by name, everything else is replaced. */
export function applyOverride(
  definition: ContainerDefinition,
  override: ContainerOverride,
): ContainerDefinition {
  const next: ContainerDefinition = { ...definition };
  if (override.command !== undefined) next.command = override.command;
  if (override.cpu !== undefined) next.cpu = override.cpu;
  if (override.memory !== undefined) next.memory = override.memory;
  if (override.memoryReservation !== undefined) next.memoryReservation = override.memoryReservation;
  if (override.resourceRequirements !== undefined) next.resourceRequirements = override.resourceRequirements;
  if (override.environment !== undefined) {
    next.environment = mergeEnvironment(definition.environment ?? [], override.environment);
  }
  if (override.environmentFiles !== undefined) next.environmentFiles = override.environmentFiles;
  return next;
}

/** Variables of the same name take the override's value and keep their place; new ones follow. */
function mergeEnvironment(base: readonly KeyValuePair[], over: readonly KeyValuePair[]): KeyValuePair[] {
  const merged = new Map(base.map((pair) => [pair.name, pair]));
  for (const pair of over) merged.set(pair.name, pair);
  return [...merged.values()];
}
