/** ListTaskDefinitionFamilies: names of families, ACTIVE while any revision is. */
import {
  ListTaskDefinitionFamilies$,
  type ListTaskDefinitionFamiliesRequest,
  type ListTaskDefinitionFamiliesResponse,
} from '@aws-sdk/client-ecs';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import type { FamilyRecord } from '../../../domain/ecs/records.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { pageOf } from '../../page.ts';
import { scan } from '../scan.ts';

const MAX_PAGE = 100;

export function listTaskDefinitionFamiliesOperation({ store }: EcsDeps) {
  return operation(
    ListTaskDefinitionFamilies$,
    async (
      input: ListTaskDefinitionFamiliesRequest,
      { scope }: RequestContext,
    ): Promise<ListTaskDefinitionFamiliesResponse> => {
      const { familyPrefix = '', status = 'ACTIVE' } = input;
      checkEnum('InvalidParameterException', 'status', status, ['ACTIVE', 'INACTIVE', 'ALL']);
      const page = pageOf(input, {
        question: ['ListTaskDefinitionFamilies', scope, familyPrefix, status],
        max: MAX_PAGE,
      });
      const { values, nextToken } = await scan<FamilyRecord>(
        store,
        { prefix: keys.families(scope), page },
        ({ family, activeRevision }) => {
          const fits = status === 'ALL' || activeRevision > 0 === (status === 'ACTIVE');
          return fits && family.startsWith(familyPrefix);
        },
      );
      return { families: values.map(({ family }) => family), nextToken };
    },
  );
}
