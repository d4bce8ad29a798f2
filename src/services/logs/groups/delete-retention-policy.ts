import { DeleteRetentionPolicy$, type DeleteRetentionPolicyRequest } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { updateGroup } from '../resources.ts';

export function deleteRetentionPolicy({ store }: LogsDeps): OperationDefinition {
  return operation(
    DeleteRetentionPolicy$,
    async (input: DeleteRetentionPolicyRequest, { scope }): Promise<void> => {
      const { logGroupName = '' } = input;
      new Constraints().groupName(logGroupName).check();
      await updateGroup(store, scope, logGroupName, ({ ...record }) => {
        delete record.retentionInDays;
        return record;
      });
    },
  );
}
