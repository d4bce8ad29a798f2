/** Whose registry a request is about. */
import type { Scope } from '../../domain/arn.ts';
import { repositoryArn } from '../../domain/ecr/names.ts';
import { ApiError } from '../../domain/errors.ts';
import type { RequestContext } from '../../wire/service.ts';
import { invalidParameter } from './errors.ts';

/**
 * The caller's own, which is the default. Another account's admits those that a repository's policy names on AWS; here
 * it is not open.
 */
export function registryScope(
  { scope, principalArn }: Pick<RequestContext, 'scope' | 'principalArn'>,
  operation: string,
  {
    registryId,
    repositoryName = '*',
  }: {
    readonly registryId?: string | undefined;
    readonly repositoryName?: string | undefined;
  },
): Scope {
  if (registryId === undefined || registryId === scope.account) return scope;
  if (!/^\d{12}$/.test(registryId)) {
    throw invalidParameter('registryId', "must satisfy regular expression '[0-9]{12}'");
  }
  const resource = repositoryArn({ ...scope, account: registryId }, repositoryName);
  throw new ApiError('AccessDeniedException', deniedText(principalArn, operation, resource));
}

export function deniedText(principalArn: string, operation: string, resource: string): string {
  return `User: ${principalArn} is not authorized to perform: ecr:${operation} on resource: ${resource} because no resource-based policy allows the ecr:${operation} action`;
}
