/** DescribeTaskDefinition: one revision, also an INACTIVE one; by family alone the newest ACTIVE one. */
import {
  DescribeTaskDefinition$,
  type DescribeTaskDefinitionRequest,
  type DescribeTaskDefinitionResponse,
} from '@aws-sdk/client-ecs';
import { checkEnum } from '../../../domain/ecs/constraints.ts';
import { taskDefinitionReferenceOf } from '../../../domain/ecs/references.ts';
import { ApiError } from '../../../domain/errors.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import type { EcsDeps } from '../deps.ts';
import { findDefinition } from './definition-store.ts';
import { definitionView } from './definition-view.ts';

export function describeTaskDefinitionOperation({ store }: EcsDeps) {
  return operation(
    DescribeTaskDefinition$,
    async (
      input: DescribeTaskDefinitionRequest,
      { scope }: RequestContext,
    ): Promise<DescribeTaskDefinitionResponse> => {
      input.include?.forEach((field, index) => {
        checkEnum('ClientException', `include.${index + 1}.member`, field, ['TAGS']);
      });
      const reference = taskDefinitionReferenceOf(input.taskDefinition ?? '', scope);
      const entry = await findDefinition(store, scope, reference);
      if (entry === undefined) throw new ApiError('ClientException', 'Unable to describe task definition.');
      const { taskDefinition, tags } = entry.value;
      return {
        taskDefinition: definitionView(taskDefinition),
        tags: input.include?.includes('TAGS') === true ? tags : [],
      };
    },
  );
}
