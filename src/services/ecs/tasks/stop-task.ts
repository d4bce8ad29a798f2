/** StopTask: says that a task is to end. The control loops see to it. */
import { StopTask$, type StopTaskRequest, type StopTaskResponse } from '@aws-sdk/client-ecs';
import { checkLength } from '../../../domain/ecs/constraints.ts';
import type { TaskRecord } from '../../../domain/ecs/records.ts';
import { taskIdOf } from '../../../domain/ecs/references.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { findCluster } from '../clusters/cluster-store.ts';
import type { EcsDeps } from '../deps.ts';
import { transactWithRetry } from '../../transact.ts';
import { taskView } from './task-view.ts';

const CODE = 'InvalidParameterException';
const MAX_REASON = 255;
const NO_REASON = 'Task stopped by user';

export function stopTaskOperation({ store }: EcsDeps) {
  return operation(
    StopTask$,
    async (input: StopTaskRequest, { scope }: RequestContext): Promise<StopTaskResponse> => {
      checkLength(CODE, 'reason', input.reason, MAX_REASON);
      const { clusterName } = (await findCluster(store, scope, input.cluster)).value;
      if ((input.task ?? '') === '') throw new ApiError(CODE, 'Task can not be blank.');
      const key = keys.task(scope, clusterName, taskIdOf(input.task ?? '', clusterName, scope));
      const record = await transactWithRetry(store, async () => {
        const entry = await store.get<TaskRecord>(key);
        if (entry === undefined) throw new ApiError(CODE, 'The referenced task was not found.');
        // The first reason to stop stays.
        if (entry.value.desiredStatus === 'STOPPED')
          return { answer: entry.value, conditions: [], writes: [] };
        const next = stopped(entry.value, input.reason);
        return {
          answer: next,
          conditions: [{ key, revision: entry.revision }],
          writes: [{ put: key, value: next }],
        };
      });
      return { task: taskView(record, true) };
    },
  );
}

function stopped(record: TaskRecord, reason: string | undefined): TaskRecord {
  return {
    ...record,
    desiredStatus: 'STOPPED',
    stopCode: 'UserInitiated',
    stoppedReason: reason === undefined || reason === '' ? NO_REASON : reason,
    version: record.version + 1,
  };
}
