import { PutRetentionPolicy$, type PutRetentionPolicyRequest } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { updateGroup } from '../resources.ts';

const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

export function putRetentionPolicy({ store }: LogsDeps): OperationDefinition {
  return operation(
    PutRetentionPolicy$,
    async (input: PutRetentionPolicyRequest, { scope }): Promise<void> => {
      const { logGroupName = '', retentionInDays = 0 } = input;
      new Constraints()
        .groupName(logGroupName)
        .oneOf('retentionInDays', retentionInDays, RETENTION_DAYS)
        .check();
      await updateGroup(store, scope, logGroupName, (record) => ({ ...record, retentionInDays }));
    },
  );
}
