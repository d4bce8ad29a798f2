import {
  DescribeLogGroups$,
  type DescribeLogGroupsRequest,
  type DescribeLogGroupsResponse,
  type LogGroup,
  type LogGroupClass,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Scope } from '../../../domain/arn.ts';
import { isApiError } from '../../../domain/errors.ts';
import { keys } from '../../../domain/keys.ts';
import type { LogGroupRecord } from '../../../domain/logs/records.ts';
import type { Store } from '../../../ports/store.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { Constraints, invalidParameter } from '../constraints.ts';
import type { LogsDeps } from '../deps.ts';
import { decodeToken, encodeToken } from '../page-token.ts';
import { getGroup, groupNameOf } from '../resources.ts';

const MAX_PAGE = 50;

export function describeLogGroups({ store }: LogsDeps): OperationDefinition {
  return operation(
    DescribeLogGroups$,
    async (input: DescribeLogGroupsRequest, { scope }): Promise<DescribeLogGroupsResponse> => {
      check(input);
      if (input.logGroupIdentifiers !== undefined) {
        return { logGroups: (await byIdentifier(store, scope, input.logGroupIdentifiers)).map(describe) };
      }
      const { limit = MAX_PAGE } = input;
      const found = await page(store, scope, input, limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      return {
        logGroups: shown.map(describe),
        ...(found.length > limit && last !== undefined ? { nextToken: encodeToken(last.logGroupName) } : {}),
      };
    },
  );
}

function check(input: DescribeLogGroupsRequest): void {
  const { logGroupNamePrefix, logGroupNamePattern, logGroupIdentifiers, limit, nextToken } = input;
  const constraints = new Constraints()
    .groupName(logGroupNamePrefix, 'logGroupNamePrefix')
    .length('nextToken', nextToken, 1, 4_096)
    .range('limit', limit, 1, MAX_PAGE)
    .count('logGroupIdentifiers', logGroupIdentifiers, 1, MAX_PAGE);
  if (logGroupNamePattern !== '') constraints.groupName(logGroupNamePattern, 'logGroupNamePattern');
  constraints.check();
  if (logGroupNamePrefix !== undefined && logGroupNamePattern !== undefined) {
    throw invalidParameter(
      'LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.',
    );
  }
}

/** Up to `count` groups that the request asks for, from its token on. */
async function page(
  store: Store,
  scope: Scope,
  input: DescribeLogGroupsRequest,
  count: number,
): Promise<LogGroupRecord[]> {
  const { logGroupNamePrefix = '', logGroupNamePattern = '', logGroupClass } = input;
  const token = decodeToken(input.nextToken);
  let after = token === undefined ? undefined : keys.logGroup(scope, token);
  const found: LogGroupRecord[] = [];
  while (found.length < count) {
    const entries = await store.range<LogGroupRecord>({
      prefix: keys.logGroup(scope, logGroupNamePrefix),
      limit: count,
      ...(after === undefined ? {} : { after }),
    });
    for (const { value } of entries) {
      if (!value.logGroupName.includes(logGroupNamePattern)) continue;
      if (logGroupClass === undefined || value.logGroupClass === logGroupClass) found.push(value);
    }
    if (entries.length < count) break;
    after = entries.at(-1)?.key;
  }
  return found.slice(0, count);
}

async function byIdentifier(
  store: Store,
  scope: Scope,
  identifiers: readonly string[],
): Promise<LogGroupRecord[]> {
  const found: LogGroupRecord[] = [];
  for (const identifier of identifiers) {
    try {
      found.push((await getGroup(store, scope, groupNameOf(scope, identifier))).value);
    } catch (error) {
      if (!isApiError(error, 'ResourceNotFoundException')) throw error;
    }
  }
  return found;
}

function describe(record: LogGroupRecord): LogGroup {
  return {
    logGroupName: record.logGroupName,
    creationTime: record.creationTime,
    metricFilterCount: 0,
    arn: `${record.arn}:*`,
    logGroupArn: record.arn,
    storedBytes: record.storedBytes,
    logGroupClass: record.logGroupClass as LogGroupClass,
    deletionProtectionEnabled: false,
    ...(record.retentionInDays === undefined ? {} : { retentionInDays: record.retentionInDays }),
    ...(record.kmsKeyId === undefined ? {} : { kmsKeyId: record.kmsKeyId }),
  };
}
