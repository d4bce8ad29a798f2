import { CreateLogGroup$, type CreateLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs';
import { logGroupArn } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { LogGroupRecord } from '../../../domain/logs/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints, invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { checkOwnTags } from './tags.ts';

const CLASSES = ['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY'];

export function createLogGroup({ store, clock, ids }: LogsDeps): OperationDefinition {
  return operation(CreateLogGroup$, async (input: CreateLogGroupRequest, { scope }): Promise<void> => {
    const { logGroupName = '', kmsKeyId, tags = {}, logGroupClass = 'STANDARD' } = input;
    new Constraints()
      .groupName(logGroupName)
      .length('kmsKeyId', kmsKeyId, 0, 256)
      .tags(input.tags)
      .oneOf('logGroupClass', logGroupClass, CLASSES)
      .check();
    if (/^aws\//i.test(logGroupName)) {
      throw invalidParameter('Log groups starting with AWS/ are reserved for AWS.');
    }
    checkOwnTags(Object.keys(tags));
    const now = clock.now();
    const record: LogGroupRecord = {
      logGroupName,
      groupId: ids.hex(16),
      arn: logGroupArn(scope, logGroupName),
      creationTime: now,
      tags,
      storedBytes: 0,
      sweptAt: now,
      logGroupClass,
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    };
    const key = keys.logGroup(scope, logGroupName);
    const result = await store.transact([{ key, revision: 0 }], [{ put: key, value: record }]);
    if (!result.ok) {
      throw new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
  });
}
