/** The size of a task by its definition, and what its containers may take of it. */
import { ApiError } from '../../errors.ts';
import type { RefusalCode } from '../constraints.ts';
import type { ContainerDefinition, TaskDefinitionInput } from '../task-definition.ts';
import { parseCpu, parseMemory } from '../task-size.ts';

/** What the definition says of the whole task; each may be left open, but not for Fargate. */
export interface DefinitionSize {
  readonly cpuUnits: number | undefined;
  readonly memoryMiB: number | undefined;
}

/** Takes the texts apart. Throws ClientException for one that is not an amount. */
export function definitionSize({ cpu, memory }: Pick<TaskDefinitionInput, 'cpu' | 'memory'>): DefinitionSize {
  const cpuUnits = cpu === undefined ? undefined : parseCpu(cpu);
  const memoryMiB = memory === undefined ? undefined : parseMemory(memory);
  if (cpu !== undefined && cpuUnits === undefined) throw invalidSetting('cpu');
  if (memory !== undefined && memoryMiB === undefined) throw invalidSetting('memory');
  return { cpuUnits, memoryMiB };
}

const invalidSetting = (name: string): ApiError =>
  new ApiError('ClientException', `Invalid '${name}' setting for task.`);

/** Refuses containers that ask for more than the task has, with the exception of the operation. */
export function checkContainersFit(
  containers: readonly ContainerDefinition[],
  { cpuUnits, memoryMiB }: DefinitionSize,
  code: RefusalCode,
): void {
  checkReservations(containers, code);
  if (memoryMiB !== undefined) checkMemoryFits(containers, memoryMiB, code);
  const cpu = containers.reduce((sum, container) => sum + (container.cpu ?? 0), 0);
  if (cpuUnits !== undefined && cpu > cpuUnits) {
    throw new ApiError(
      code,
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    );
  }
}

function checkReservations(containers: readonly ContainerDefinition[], code: RefusalCode): void {
  const odd = containers.find(({ memory = Infinity, memoryReservation = 0 }) => memory < memoryReservation);
  if (odd === undefined) return;
  throw new ApiError(
    code,
    `Invalid setting for container '${odd.name}'. 'memory' must be greater than or equal to 'memoryReservation'.`,
  );
}

function checkMemoryFits(
  containers: readonly ContainerDefinition[],
  memoryMiB: number,
  code: RefusalCode,
): void {
  for (const { name, memory, memoryReservation } of containers) {
    for (const [setting, value] of Object.entries({ memory, memoryReservation })) {
      if (value !== undefined && value > memoryMiB) {
        throw new ApiError(
          code,
          `The '${setting}' setting for container '${name}' is greater than for the task.`,
        );
      }
    }
  }
  const reserved = containers.reduce((sum, { memory, memoryReservation }) => {
    return sum + (memoryReservation ?? memory ?? 0);
  }, 0);
  if (reserved > memoryMiB) {
    throw new ApiError(
      code,
      "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
    );
  }
}

/** Without a task's memory each container has to bring its own. */
export function checkContainersHaveMemory(
  containers: readonly ContainerDefinition[],
  { memoryMiB }: DefinitionSize,
): void {
  const without = containers.find((container) => {
    return container.memory === undefined && container.memoryReservation === undefined;
  });
  if (memoryMiB !== undefined || without === undefined) return;
  throw new ApiError(
    'ClientException',
    `Invalid setting for container '${without.name}'. At least one of 'memory' or 'memoryReservation' must be specified.`,
  );
}
