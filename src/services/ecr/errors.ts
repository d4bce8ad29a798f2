/** ECR's exceptions that more than one operation has, in AWS's words. */
import type { Scope } from '../../domain/arn.ts';
import { ApiError } from '../../domain/errors.ts';

export function repositoryNotFoundText(name: string, { account }: Scope): string {
  return `The repository with name '${name}' does not exist in the registry with id '${account}'`;
}

export function repositoryNotFound(name: string, scope: Scope): ApiError {
  return new ApiError('RepositoryNotFoundException', repositoryNotFoundText(name, scope));
}

/** `what`: `ImageId` as AWS prints it. */
export function imageNotFound(what: string, name: string, { account }: Scope): ApiError {
  return new ApiError(
    'ImageNotFoundException',
    `The image with imageId ${what} does not exist within the repository with name '${name}' in the registry with id '${account}'`,
  );
}

export function invalidParameter(member: string, constraint: string): ApiError {
  return new ApiError(
    'InvalidParameterException',
    `Invalid parameter at '${member}' failed to satisfy constraint: '${constraint}'`,
  );
}

export function immutableTagText(tag: string, repository: string): string {
  return `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`;
}
