/** ListTaskDefinitions: ARNs by family and revision, of one family or all, oldest first unless asked otherwise. */
import {
  ListTaskDefinitions$,
  type ListTaskDefinitionsRequest,
  type ListTaskDefinitionsResponse,
} from '@aws-sdk/client-ecs';
import { checkEnum, constraintError } from '../../../domain/ecs/constraints.ts';
import type { TaskDefinitionRecord } from '../../../domain/ecs/records.ts';
import { isFamilyName } from '../../../domain/ecs/references.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { pageOf } from '../../page.ts';
import { scan } from '../scan.ts';

const CODE = 'InvalidParameterException';
const MAX_PAGE = 100;

export function listTaskDefinitionsOperation({ store }: EcsDeps) {
  return operation(
    ListTaskDefinitions$,
    async (
      input: ListTaskDefinitionsRequest,
      { scope }: RequestContext,
    ): Promise<ListTaskDefinitionsResponse> => {
      const { familyPrefix, status = 'ACTIVE', sort = 'ASC' } = input;
      checkEnum(CODE, 'status', status, ['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS']);
      checkEnum(CODE, 'sort', sort, ['ASC', 'DESC']);
      // Despite its name it is a whole family.
      const family = familyPrefix === '' ? undefined : familyPrefix;
      if (family !== undefined && !isFamilyName(family)) {
        const pattern = 'Member must satisfy regular expression pattern: [a-zA-Z0-9\\-_]{1,255}';
        throw constraintError(CODE, 'familyPrefix', family, pattern);
      }
      const page = pageOf(input, {
        question: ['ListTaskDefinitions', scope, family, status, sort],
        max: MAX_PAGE,
      });
      const { values, nextToken } = await scan<TaskDefinitionRecord>(
        store,
        { prefix: keys.taskDefinitions(scope, family), page, reverse: sort === 'DESC' },
        ({ taskDefinition }) => taskDefinition.status === status,
      );
      return {
        taskDefinitionArns: values.map(({ taskDefinition }) => taskDefinition.taskDefinitionArn),
        nextToken,
      };
    },
  );
}
