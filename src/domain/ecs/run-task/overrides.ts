/** The overrides of RunTask: which are allowed, what they make of the task's size, and how answers show them. */
import { ApiError } from '../../errors.ts';
import { applyOverride } from '../assigned-containers.ts';
import { checkRange } from '../constraints.ts';
import { checkEnvironment } from '../environment-rules.ts';
import { checkStorageSize } from '../ephemeral-storage.ts';
import { roleArn } from '../iam-role.ts';
import { checkContainersFit } from '../registration/size-rules.ts';
import type {
  ContainerDefinition,
  ContainerOverride,
  TaskDefinition,
  TaskOverride,
} from '../task-definition.ts';
import { isFargateSize, noSizeMessage, parseCpu, parseMemory, type TaskSize } from '../task-size.ts';

const CODE = 'InvalidParameterException';
const MAX_CHARACTERS = 8192;

export interface OverriddenTask {
  readonly size: TaskSize;
  /** The definition's containers with the overrides applied, in the definition's order. */
  readonly containers: readonly ContainerDefinition[];
  /** As DescribeTasks shows them: an entry for each container. */
  readonly overrides: TaskOverride;
}

/** Checks the overrides against a definition for Fargate. Throws InvalidParameterException. */
export function overrideTask(
  definition: Pick<TaskDefinition, 'containerDefinitions' | 'cpu' | 'memory'>,
  given: TaskOverride | undefined,
  account: string,
): OverriddenTask {
  if (given !== undefined && JSON.stringify(given).length > MAX_CHARACTERS) {
    throw new ApiError(CODE, `Container Overrides length must be at most ${MAX_CHARACTERS}`);
  }
  const overrides = withRoles(given ?? {}, account);
  const names = definition.containerDefinitions.map(({ name }) => name);
  const unknown = overrides.containerOverrides?.find(({ name }) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ApiError(
      CODE,
      `Override for container named ${unknown.name ?? ''} is not a container in the TaskDefinition.`,
    );
  }
  overrides.containerOverrides?.forEach((override, index) => {
    const container = definition.containerDefinitions.find(({ name }) => name === override.name);
    checkContainerOverride(override, container ?? {}, index);
  });
  if ((overrides.inferenceAcceleratorOverrides ?? []).length > 0) {
    throw new ApiError(CODE, "Unsupported field 'inferenceAcceleratorOverrides'.");
  }
  checkStorageSize(overrides.ephemeralStorage?.sizeInGiB, CODE);
  const size = taskSize(definition, overrides);
  const containers = definition.containerDefinitions.map((container) => {
    return overridesOf(overrides, container.name).reduce(applyOverride, container);
  });
  checkContainersFit(containers, size, CODE);
  return { size, containers, overrides: shownOverrides(names, overrides) };
}

/** The overrides with roles by their ARNs. */
function withRoles(overrides: TaskOverride, account: string): TaskOverride {
  const { taskRoleArn, executionRoleArn } = overrides;
  return {
    ...overrides,
    taskRoleArn: roleArn(taskRoleArn, account),
    executionRoleArn: roleArn(executionRoleArn, account),
  };
}

function checkContainerOverride(
  override: ContainerOverride,
  { secrets }: ContainerDefinition,
  index: number,
): void {
  const path = `overrides.containerOverrides.${index + 1}.member`;
  const unbounded = Number.MAX_SAFE_INTEGER;
  checkRange(CODE, `${path}.cpu`, override.cpu, { min: 0, max: unbounded });
  checkRange(CODE, `${path}.memory`, override.memory, { min: 6, max: unbounded });
  checkRange(CODE, `${path}.memoryReservation`, override.memoryReservation, { min: 6, max: unbounded });
  const { environment, environmentFiles, resourceRequirements = [] } = override;
  checkEnvironment({ environment, environmentFiles, secrets }, path, CODE);
  if (resourceRequirements.length > 0) {
    throw new ApiError(CODE, 'Tasks using the Fargate launch type do not support GPU resource requirements.');
  }
}

function taskSize(definition: Pick<TaskDefinition, 'cpu' | 'memory'>, overrides: TaskOverride): TaskSize {
  const cpuUnits = parseCpu(overrides.cpu ?? definition.cpu ?? '');
  const memoryMiB = parseMemory(overrides.memory ?? definition.memory ?? '');
  if (cpuUnits === undefined) throw new ApiError(CODE, "Invalid 'cpu' setting for task.");
  if (memoryMiB === undefined) throw new ApiError(CODE, "Invalid 'memory' setting for task.");
  const size = { cpuUnits, memoryMiB };
  if (!isFargateSize(size)) throw new ApiError(CODE, noSizeMessage(size));
  return size;
}

function shownOverrides(names: readonly (string | undefined)[], overrides: TaskOverride): TaskOverride {
  const shown: TaskOverride = {
    containerOverrides: names.map((name) => {
      return Object.assign({ name }, ...overridesOf(overrides, name)) as ContainerOverride;
    }),
    inferenceAcceleratorOverrides: overrides.inferenceAcceleratorOverrides ?? [],
  };
  for (const member of ['cpu', 'memory', 'executionRoleArn', 'taskRoleArn', 'ephemeralStorage'] as const) {
    if (overrides[member] !== undefined) Object.assign(shown, { [member]: overrides[member] });
  }
  return shown;
}

function overridesOf(
  { containerOverrides }: TaskOverride,
  container: string | undefined,
): ContainerOverride[] {
  return containerOverrides?.filter(({ name }) => name === container) ?? [];
}
