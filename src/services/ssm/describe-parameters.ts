import {
  DescribeParameters$,
  type DescribeParametersRequest,
  type DescribeParametersResult,
  type ParameterMetadata,
} from '@aws-sdk/client-ssm';
import { parameterArn, type Scope } from '../../domain/arn.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import type { SsmDeps } from './deps.ts';
import { parameterTest } from './parameter-filters.ts';
import { parameterPage } from './parameter-page.ts';

const MOST_RESULTS = 50;

export function describeParameters(deps: SsmDeps): OperationDefinition {
  return operation(
    DescribeParameters$,
    async (input: DescribeParametersRequest, { scope }): Promise<DescribeParametersResult> => {
      // The older filters have no options: theirs are names, or what they begin with.
      const older = (input.Filters ?? []).map(({ Key, Values }) => ({
        Key,
        Values,
        ...(Key === 'Name' && { Option: 'BeginsWith' }),
      }));
      const filters = [...(input.ParameterFilters ?? []), ...older];
      const request = { nextToken: input.NextToken, maxResults: input.MaxResults };
      const { items, nextToken } = await parameterPage(deps, request, {
        scope,
        question: ['DescribeParameters', scope, filters],
        most: MOST_RESULTS,
        isWanted: parameterTest(filters),
      });
      return {
        Parameters: items.map((record) => metadata(record, scope)),
        ...(nextToken !== undefined && { NextToken: nextToken }),
      };
    },
  );
}

function metadata(record: ParameterRecord, scope: Scope): ParameterMetadata {
  const { description, keyId } = record;
  return {
    Name: record.name,
    ARN: parameterArn(scope, record.name),
    Type: record.type,
    ...(keyId !== undefined && { KeyId: keyId }),
    LastModifiedDate: new Date(record.modifiedAt),
    LastModifiedUser: record.modifiedBy,
    ...(description !== undefined && { Description: description }),
    Version: record.version,
    Tier: record.tier as NonNullable<ParameterMetadata['Tier']>,
    Policies: [],
    DataType: record.dataType,
  };
}
