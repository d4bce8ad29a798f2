/**
 * RunTask: checks everything, writes the records of its tasks as PROVISIONING with the client token in one
 * transaction, and answers. Where and how the tasks run is the control loops' business.
 */
import { RunTask$, type RunTaskRequest, type RunTaskResponse } from '@aws-sdk/client-ecs';
import { effectiveValue } from '../../../domain/ecs/account-settings.ts';
import type { ClusterRecord, IdempotencyRecord, TaskRecord } from '../../../domain/ecs/records.ts';
import { clusterNameOf, taskDefinitionReferenceOf } from '../../../domain/ecs/references.ts';
import { newTask, type TaskPlan } from '../../../domain/ecs/run-task/new-task.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { Entry, Write } from '../../../ports/store.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { requireActive } from '../clusters/cluster-store.ts';
import type { EcsDeps } from '../deps.ts';
import { readSetting } from '../settings/setting-store.ts';
import { findDefinition } from '../task-definitions/definition-store.ts';
import { requestHash } from '../../request-hash.ts';
import { type Decision, transactWithRetry } from '../../transact.ts';
import { newTokenRecord, tasksOfToken } from './client-token.ts';
import { readKnownNetwork } from './known-network.ts';
import { checkRunTask, planRunTask } from './run-task-plan.ts';
import { taskView } from './task-view.ts';

const LOG_MODE = 'defaultLogDriverMode';

export function runTaskOperation(deps: EcsDeps) {
  return operation(
    RunTask$,
    async (input: RunTaskRequest, context: RequestContext): Promise<RunTaskResponse> => {
      checkRunTask(input);
      const tasks = await transactWithRetry(deps.store, () => decide(input, context, deps));
      return { tasks: tasks.map((task) => taskView(task, true)), failures: [] };
    },
  );
}

/** Throws ClientException for a role that a task could not have. */
async function checkRoles({ scope, definition, task }: TaskPlan, { mayAssume }: EcsDeps): Promise<void> {
  if (mayAssume === undefined) return;
  for (const member of ['taskRoleArn', 'executionRoleArn'] as const) {
    const role = task.overrides[member] ?? definition[member] ?? '';
    if (role === '' || (await mayAssume(role, scope, member))) continue;
    throw new ApiError(
      'ClientException',
      `ECS was unable to assume the role '${role}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`,
    );
  }
}

async function decide(
  input: RunTaskRequest,
  { scope, principalArn }: RequestContext,
  deps: EcsDeps,
): Promise<Decision<TaskRecord[]>> {
  const { store, clock } = deps;
  const clusterName = clusterNameOf(input.cluster, scope);
  const { clientToken, ...request } = input;
  const tokenKey = clientToken === undefined ? [] : [keys.token(scope, clusterName, 'RunTask', clientToken)];
  const [clusterEntry, tokenEntry] = await store.getMany<unknown>([
    keys.cluster(scope, clusterName),
    ...tokenKey,
  ]);
  const cluster = requireActive(clusterEntry as Entry<ClusterRecord> | undefined);
  const hash = clientToken === undefined ? '' : requestHash(request);
  const now = clock.now();
  if (tokenEntry !== undefined) {
    const use = { scope, clusterName, hash, now };
    const earlier = await tasksOfToken(store, tokenEntry.value as IdempotencyRecord, use);
    if (earlier !== undefined) return { answer: earlier, conditions: [], writes: [] };
  }
  const reference = taskDefinitionReferenceOf(input.taskDefinition ?? '', scope);
  const definition = await findDefinition(store, scope, reference);
  if (definition === undefined) throw new ApiError('ClientException', 'TaskDefinition not found.');
  await deps.ensureNetwork(scope);
  const network = await readKnownNetwork(input.networkConfiguration, scope, store);
  const view = { scope, cluster: cluster.value, definition: definition.value, network };
  const { plan, providers } = planRunTask(input, view, deps);
  await checkRoles(plan, deps);
  const { own, accountDefault } = await readSetting(store, scope, LOG_MODE, principalArn);
  const isBlocking = effectiveValue(LOG_MODE, own, accountDefault) === 'blocking';
  const tasks = providers.map((capacityProviderName) => ({
    ...newTask(plan, { taskId: deps.ids.hex(32), capacityProviderName, uuid: () => deps.ids.uuid() }),
    ...(isBlocking && { defaultLogMode: 'blocking' as const }),
  }));
  const writes: Write[] = tasks.map((task) => ({
    put: keys.task(scope, clusterName, task.taskId),
    value: task,
  }));
  // The cluster's revision keeps it from being deleted meanwhile.
  const conditions = [{ key: cluster.key, revision: cluster.revision }];
  for (const key of tokenKey) {
    const taskIds = tasks.map(({ taskId }) => taskId);
    conditions.push({ key, revision: tokenEntry?.revision ?? 0 });
    writes.push({ put: key, value: newTokenRecord(hash, taskIds, now) });
  }
  return { answer: tasks, conditions, writes };
}
