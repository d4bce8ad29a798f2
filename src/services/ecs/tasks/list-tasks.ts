/** ListTasks: ARNs of a cluster's tasks that fit the filters. */
import { ListTasks$, type ListTasksRequest, type ListTasksResponse } from '@aws-sdk/client-ecs';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import type { TaskRecord } from '../../../domain/ecs/records.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { findCluster } from '../clusters/cluster-store.ts';
import type { EcsDeps } from '../deps.ts';
import { pageOf } from '../../page.ts';
import { scan } from '../scan.ts';

const CODE = 'InvalidParameterException';
const MAX_PAGE = 100;

export function listTasksOperation({ store }: EcsDeps) {
  return operation(
    ListTasks$,
    async (input: ListTasksRequest, { scope }: RequestContext): Promise<ListTasksResponse> => {
      checkFilters(input);
      const { clusterName } = (await findCluster(store, scope, input.cluster)).value;
      const { family, startedBy, desiredStatus, launchType } = input;
      const question = ['ListTasks', scope, clusterName, family, startedBy, desiredStatus, launchType];
      const page = pageOf(input, { question, max: MAX_PAGE });
      const request = { prefix: keys.tasks(scope, clusterName), page };
      const { values, nextToken } = await scan<TaskRecord>(store, request, (task) => fits(task, input));
      return { taskArns: values.map((task) => task.taskArn), nextToken };
    },
  );
}

function checkFilters(input: ListTasksRequest): void {
  const { desiredStatus, launchType, startedBy, family, serviceName, containerInstance, daemonName } = input;
  checkEnum(CODE, 'desiredStatus', desiredStatus, ['RUNNING', 'PENDING', 'STOPPED']);
  checkEnum(CODE, 'launchType', launchType, ['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES']);
  if (serviceName !== undefined) throw new ApiError('ServiceNotFoundException', 'Service not found.');
  if (containerInstance !== undefined) throw new ApiError(CODE, 'Container instance not found.');
  if (daemonName !== undefined) throw new ApiError('DaemonNotFoundException', 'Daemon not found.');
  if (startedBy !== undefined && family !== undefined) {
    throw new ApiError(CODE, 'startedBy must be the only filter when it is specified.');
  }
}

function fits(task: TaskRecord, { desiredStatus, launchType, startedBy, family }: ListTasksRequest): boolean {
  return (
    // No task is ever wanted to be PENDING.
    task.desiredStatus === (desiredStatus ?? 'RUNNING') &&
    (launchType === undefined || task.launchType === launchType) &&
    (startedBy === undefined || task.startedBy === startedBy) &&
    (family === undefined || task.taskDefinitionArn.includes(`:task-definition/${family}:`))
  );
}
