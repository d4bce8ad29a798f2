/** Decides what a RunTask request means for its definition and cluster: every check, no writing. */
import type { RunTaskRequest } from '@aws-sdk/client-ecs';
import type { Scope } from '../../../domain/arn.ts';
import { checkEnum, checkLength, checkRange, constraintError } from '../../../domain/ecs/constraints.ts';
import type { ClusterRecord, TaskDefinitionRecord } from '../../../domain/ecs/records.ts';
import { resolveCapacity, spreadTasks } from '../../../domain/ecs/run-task/capacity.ts';
import { type KnownNetwork, resolveNetwork } from '../../../domain/ecs/run-task/network-rules.ts';
import type { TaskPlan } from '../../../domain/ecs/run-task/new-task.ts';
import { overrideTask } from '../../../domain/ecs/run-task/overrides.ts';
import { checkPlatformFits, choosePlatform } from '../../../domain/ecs/run-task/platform-choice.ts';
import { chooseRuntime } from '../../../domain/ecs/run-task/runtime-choice.ts';
import { checkSupported, checkVolumeConfigurations } from '../../../domain/ecs/run-task/unsupported.ts';
import { checkTagCount, checkTags, mergeTags } from '../../../domain/ecs/tags.ts';
import type { Tag, TaskDefinition } from '../../../domain/ecs/task-definition.ts';
import { ApiError } from '../../../domain/errors.ts';
import type { EcsDeps } from '../deps.ts';
import { checkClientToken } from './client-token.ts';

const CODE = 'InvalidParameterException';
const MAX_COUNT = 10;
const STARTED_BY = /^[a-zA-Z0-9\-/_]+$/;
const MAX_STARTED_BY = 128;
const MAX_GROUP = 255;
const MAX_REFERENCE = 1024;

/** What can be said of a request without looking at anything else. Throws InvalidParameterException. */
export function checkRunTask(input: RunTaskRequest): void {
  checkRange(CODE, 'count', input.count, { min: 1, max: MAX_COUNT });
  checkClientToken(input.clientToken);
  checkLongest('group', input.group, MAX_GROUP);
  checkLongest('startedBy', input.startedBy, MAX_STARTED_BY);
  checkLength(CODE, 'referenceId', input.referenceId, MAX_REFERENCE);
  if (input.group?.startsWith('service:') === true) {
    throw constraintError(CODE, 'group', input.group, 'Member must not begin with service:');
  }
  if (input.startedBy !== undefined && !STARTED_BY.test(input.startedBy)) {
    throw new ApiError(CODE, 'startedBy contains invalid characters.');
  }
  checkEnum(CODE, 'propagateTags', input.propagateTags, ['NONE', 'TASK_DEFINITION', 'SERVICE']);
  if (input.propagateTags === 'SERVICE') {
    throw constraintError(CODE, 'propagateTags', 'SERVICE', 'Member must be NONE or TASK_DEFINITION');
  }
}

/** AWS's words for a text that is too long. */
function checkLongest(name: string, text: string | undefined, longest: number): void {
  if ((text ?? '').length > longest) throw new ApiError(CODE, `${name} longer than ${longest}.`);
}

export interface RunTaskView {
  readonly scope: Scope;
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly network: KnownNetwork;
}

export interface RunTaskPlan {
  /** Shared by all tasks of the request. */
  readonly plan: TaskPlan;
  /** An item for each task: its capacity provider, or undefined for launch type FARGATE. */
  readonly providers: readonly (string | undefined)[];
}

/** Throws the exception of the first rule that is broken. */
export function planRunTask(input: RunTaskRequest, view: RunTaskView, deps: EcsDeps): RunTaskPlan {
  const { scope, cluster, definition } = view;
  const { taskDefinition } = definition;
  if (taskDefinition.status !== 'ACTIVE') throw new ApiError(CODE, 'TaskDefinition is inactive');
  const capacity = resolveCapacity(input, cluster);
  checkForFargate(input, taskDefinition);
  const platform = choosePlatform({
    platformVersion: input.platformVersion,
    platformLatest: deps.platformLatest,
    runtimePlatform: taskDefinition.runtimePlatform,
  });
  const networkConfiguration = resolveNetwork(input.networkConfiguration, view.network);
  const task = overrideTask(taskDefinition, input.overrides, scope.account);
  const enableExecuteCommand = input.enableExecuteCommand ?? false;
  if (enableExecuteCommand) checkTaskRole(task.overrides.taskRoleArn ?? taskDefinition.taskRoleArn);
  const { size, overrides } = task;
  checkPlatformFits(platform, { definition: taskDefinition, overrides, size, enableExecuteCommand });
  const plan: TaskPlan = {
    ...{ scope, cluster, definition: taskDefinition, task, platform, networkConfiguration },
    group: input.group ?? `family:${taskDefinition.family}`,
    startedBy: input.startedBy,
    tags: taskTags(input, view),
    enableExecuteCommand,
    runtimeHandler: chooseRuntime({ request: input.tags ?? [], definition: definition.tags }, deps.runtimes),
    createdAt: deps.clock.now(),
  };
  const count = input.count ?? 1;
  const providers =
    capacity.by === 'strategy'
      ? spreadTasks(capacity.strategy, count)
      : Array.from({ length: count }, () => undefined);
  return { plan, providers };
}

function checkForFargate(input: RunTaskRequest, definition: TaskDefinition): void {
  if (!definition.compatibilities.includes('FARGATE')) {
    throw new ApiError(CODE, 'Task definition does not support launch_type FARGATE.');
  }
  if ((input.placementConstraints ?? []).length > 0) {
    throw new ApiError(CODE, 'Placement constraints are not supported with FARGATE launch type.');
  }
  if ((input.placementStrategy ?? []).length > 0) {
    throw new ApiError(CODE, 'Placement strategies are not supported with FARGATE launch type.');
  }
  checkVolumeConfigurations(input.volumeConfigurations ?? [], definition);
  checkSupported(definition);
}

/** Without a role a task's containers could not open the channel that commands come by. */
function checkTaskRole(taskRoleArn: string | undefined): void {
  if (taskRoleArn !== undefined) return;
  throw new ApiError(
    CODE,
    'The execute command failed because a valid task role is not being used. Specify a valid task role in your task definition or as a task override and try again.',
  );
}

function taskTags(input: RunTaskRequest, { cluster, definition }: RunTaskView): Tag[] {
  const own = checkTags(input.tags, CODE);
  const inherited = input.propagateTags === 'TASK_DEFINITION' ? definition.tags : [];
  const tags = mergeTags(inherited, own);
  checkTagCount(tags, CODE);
  if (input.enableECSManagedTags !== true) return tags;
  return mergeTags(tags, [{ key: 'aws:ecs:clusterName', value: cluster.clusterName }]);
}
