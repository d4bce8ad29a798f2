import {
  GetParameterHistory$,
  type GetParameterHistoryRequest,
  type GetParameterHistoryResult,
  type ParameterHistory,
} from '@aws-sdk/client-ssm';
import type { Scope } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';
import type { ParameterRecord } from '../../domain/ssm/records.ts';
import { operation, type OperationDefinition } from '../../wire/service.ts';
import { pageOf, pageOfAll } from '../page.ts';
import type { SsmDeps } from './deps.ts';
import { PAGE_CODES } from './parameter-page.ts';
import { findParameter, shownValue } from './parameter-store.ts';
import { allVersions } from './parameter-versions.ts';

const MOST_RESULTS = 50;

/** The oldest version first. */
export function getParameterHistory(deps: SsmDeps): OperationDefinition {
  const { store } = deps;
  return operation(
    GetParameterHistory$,
    async (input: GetParameterHistoryRequest, context): Promise<GetParameterHistoryResult> => {
      const { scope } = context;
      const found = await findParameter(deps, input.Name ?? '', context, 'GetParameterHistory');
      if (found === undefined) throw new ApiError('ParameterNotFound', '');
      const { name } = found.record;
      const request = { nextToken: input.NextToken, maxResults: input.MaxResults };
      const question = ['GetParameterHistory', scope, name];
      const page = pageOf(request, { question, max: MOST_RESULTS, codes: PAGE_CODES });
      const versions = await allVersions(store, scope, found.record);
      const { items, nextToken } = pageOfAll(versions, ({ version }) => String(version), page);
      const isDecrypted = input.WithDecryption ?? false;
      return {
        Parameters: items.map((record) => historyOf(deps, record, { scope, isDecrypted })),
        ...(nextToken !== undefined && { NextToken: nextToken }),
      };
    },
  );
}

function historyOf(
  { sealed }: SsmDeps,
  record: ParameterRecord,
  { scope, isDecrypted }: { readonly scope: Scope; readonly isDecrypted: boolean },
): ParameterHistory {
  const { keyId, description } = record;
  return {
    Name: record.name,
    Type: record.type,
    ...(keyId !== undefined && { KeyId: keyId }),
    LastModifiedDate: new Date(record.modifiedAt),
    LastModifiedUser: record.modifiedBy,
    ...(description !== undefined && { Description: description }),
    Value: shownValue(sealed, record, scope, isDecrypted),
    Version: record.version,
    Labels: [...(record.labels ?? [])],
    Tier: record.tier as NonNullable<ParameterHistory['Tier']>,
    Policies: [],
    DataType: record.dataType,
  };
}
