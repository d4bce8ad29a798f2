/** PutAccountPreferences, DescribeAccountPreferences: every account has long ids, as on AWS since October 2021. */
import {
  DescribeAccountPreferences$,
  type DescribeAccountPreferencesRequest,
  type DescribeAccountPreferencesResponse,
  PutAccountPreferences$,
  type PutAccountPreferencesRequest,
  type PutAccountPreferencesResponse,
  type ResourceIdPreference,
} from '@aws-sdk/client-efs';
import { operation } from '../../../wire/service.ts';
import { checkEnum } from '../constraints.ts';
import { badRequest } from '../errors.ts';

const LONG_IDS: ResourceIdPreference = {
  ResourceIdType: 'LONG_ID',
  Resources: ['FILE_SYSTEM', 'MOUNT_TARGET'],
};

function putAccountPreferencesOperation() {
  return operation(
    PutAccountPreferences$,
    async ({
      ResourceIdType: type,
    }: PutAccountPreferencesRequest): Promise<PutAccountPreferencesResponse> => {
      checkEnum('resourceIdType', type, ['LONG_ID', 'SHORT_ID']);
      if (type === 'SHORT_ID') throw badRequest('Short resource IDs are not supported any more.');
      return { ResourceIdPreference: LONG_IDS };
    },
  );
}

function describeAccountPreferencesOperation() {
  return operation(
    DescribeAccountPreferences$,
    async (_input: DescribeAccountPreferencesRequest): Promise<DescribeAccountPreferencesResponse> => ({
      ResourceIdPreference: LONG_IDS,
    }),
  );
}

export const PREFERENCE_OPERATIONS = [
  putAccountPreferencesOperation,
  describeAccountPreferencesOperation,
] as const;
