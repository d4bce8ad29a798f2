/**
 * UpdateTaskProtection and GetTaskProtection: whether a task of a service may be ended to scale the service in. Tasks that
 * were run by themselves cannot be protected, and say so.
 */
import {
  type Failure,
  GetTaskProtection$,
  type GetTaskProtectionRequest,
  type GetTaskProtectionResponse,
  UpdateTaskProtection$,
  type UpdateTaskProtectionRequest,
  type UpdateTaskProtectionResponse,
} from '@aws-sdk/client-ecs';
import { type Scope, taskArn } from '../../../domain/arn.ts';
import { checkRange } from '../../../domain/ecs/constraints.ts';
import type { TaskRecord } from '../../../domain/ecs/records.ts';
import { taskIdOf } from '../../../domain/ecs/references.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { findCluster } from '../clusters/cluster-store.ts';
import type { EcsDeps } from '../deps.ts';

const CODE = 'InvalidParameterException';
const MOST_UPDATED = 10;
const MOST_SHOWN = 100;
const MOST_MINUTES = 2880;

export function updateTaskProtectionOperation({ store }: EcsDeps) {
  return operation(
    UpdateTaskProtection$,
    async (
      input: UpdateTaskProtectionRequest,
      { scope }: RequestContext,
    ): Promise<UpdateTaskProtectionResponse> => {
      checkRange(CODE, 'expiresInMinutes', input.expiresInMinutes, { min: 1, max: MOST_MINUTES });
      checkTasks(input.tasks, MOST_UPDATED);
      return { protectedTasks: [], failures: await unprotectable(store, scope, input) };
    },
  );
}

export function getTaskProtectionOperation({ store }: EcsDeps) {
  return operation(
    GetTaskProtection$,
    async (
      input: GetTaskProtectionRequest,
      { scope }: RequestContext,
    ): Promise<GetTaskProtectionResponse> => {
      checkTasks(input.tasks, MOST_SHOWN);
      return { protectedTasks: [], failures: await unprotectable(store, scope, input) };
    },
  );
}

function checkTasks(tasks: readonly string[] | undefined, most: number): void {
  if (tasks === undefined || tasks.length === 0) throw new ApiError(CODE, 'Tasks cannot be empty.');
  if (tasks.length > most) throw new ApiError(CODE, `Tasks cannot have more than ${most} elements.`);
}

/** A failure for each task. Throws ClusterNotFoundException. */
async function unprotectable(
  store: Store,
  scope: Scope,
  input: GetTaskProtectionRequest,
): Promise<Failure[]> {
  const { clusterName } = (await findCluster(store, scope, input.cluster)).value;
  const ids = [...new Set((input.tasks ?? []).map((task) => taskIdOf(task, clusterName, scope)))];
  const found = await store.getMany<TaskRecord>(ids.map((id) => keys.task(scope, clusterName, id)));
  return ids.map((id, index) => ({
    arn: taskArn(scope, clusterName, id),
    reason: found[index] === undefined ? 'MISSING' : 'TASK_NOT_VALID',
  }));
}
