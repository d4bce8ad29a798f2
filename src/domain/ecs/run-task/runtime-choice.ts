/**
 * Which runtime a task is isolated by, where a machine has several: a tag says so, on the request or else on the task
 * definition (whose tags count here whether or not the task inherits them). Nothing of AWS's; there, nobody chooses.
 */
import { ApiError } from '../../errors.ts';
import type { Tag } from '../task-definition.ts';

export const RUNTIME_TAG = 'neargate:runtime';

export interface RuntimeTags {
  readonly request: readonly Tag[];
  readonly definition: readonly Tag[];
}

/** Undefined without a tag: the default. Throws InvalidParameterException for a runtime that is not allowed. */
export function chooseRuntime(
  { request, definition }: RuntimeTags,
  allowed: readonly string[],
): string | undefined {
  const tag = [...request, ...definition].find(({ key }) => key === RUNTIME_TAG);
  if (tag === undefined) return undefined;
  const { value = '' } = tag;
  if (allowed.includes(value)) return value;
  throw new ApiError(
    'InvalidParameterException',
    `'${value}' is not a runtime of this Neargate. The tag ${RUNTIME_TAG} must be one of [${allowed.join(',')}]`,
  );
}
