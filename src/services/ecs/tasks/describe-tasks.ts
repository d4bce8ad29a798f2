/** DescribeTasks: up to 100 tasks of a cluster in one read; unknown ones are failures. */
import {
  DescribeTasks$,
  type DescribeTasksRequest,
  type DescribeTasksResponse,
  type Failure,
  type Task,
} from '@aws-sdk/client-ecs';
import { taskArn } from '../../../domain/arn.ts';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import type { ClusterRecord, TaskRecord } from '../../../domain/ecs/records.ts';
import { clusterNameOf, taskIdOf } from '../../../domain/ecs/references.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { clusterNotFound } from '../clusters/cluster-store.ts';
import type { EcsDeps } from '../deps.ts';
import { taskView } from './task-view.ts';

const CODE = 'InvalidParameterException';
const MAX_TASKS = 100;

export function describeTasksOperation({ store }: EcsDeps) {
  return operation(
    DescribeTasks$,
    async (input: DescribeTasksRequest, { scope }: RequestContext): Promise<DescribeTasksResponse> => {
      const references = input.tasks ?? [];
      if (references.length === 0) throw new ApiError(CODE, 'Tasks cannot be empty.');
      if (references.length > MAX_TASKS) {
        throw new ApiError(CODE, `Tasks cannot have more than ${MAX_TASKS} elements.`);
      }
      input.include?.forEach((field, index) =>
        checkEnum(CODE, `include.${index + 1}.member`, field, ['TAGS']),
      );
      const withTags = input.include?.includes('TAGS') === true;
      const cluster = clusterNameOf(input.cluster, scope);
      const ids = [...new Set(references.map((reference) => taskIdOf(reference, cluster, scope)))];
      const [clusterEntry, ...entries] = await store.getMany<ClusterRecord | TaskRecord>([
        keys.cluster(scope, cluster),
        ...ids.map((id) => keys.task(scope, cluster, id)),
      ]);
      if (clusterEntry === undefined) throw clusterNotFound();
      const tasks: Task[] = [];
      const failures: Failure[] = [];
      ids.forEach((id, index) => {
        const entry = entries[index];
        if (entry === undefined) failures.push({ arn: taskArn(scope, cluster, id), reason: 'MISSING' });
        else tasks.push(taskView(entry.value as TaskRecord, withTags));
      });
      return { tasks, failures };
    },
  );
}
