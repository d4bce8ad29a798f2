/** IAM's exceptions that more than one operation has, in AWS's words. */
import { ApiError } from '../../domain/errors.ts';

export function noSuchRole(name: string): ApiError {
  return new ApiError('NoSuchEntityException', `The role with name ${name} cannot be found.`);
}

export function noSuchRolePolicy(name: string): ApiError {
  return new ApiError('NoSuchEntityException', `The role policy with name ${name} cannot be found.`);
}

export function noSuchPolicy(arn: string): ApiError {
  return new ApiError('NoSuchEntityException', `Policy ${arn} was not found.`);
}

export function notAttachable(what: string): ApiError {
  return new ApiError('NoSuchEntityException', `${what} does not exist or is not attachable.`);
}

export function deleteConflict(message: string): ApiError {
  return new ApiError('DeleteConflictException', message);
}

export function quotaExceeded(quota: string, most: number): ApiError {
  return new ApiError('LimitExceededException', `Cannot exceed quota for ${quota}: ${most}`);
}

export function invalid(message: string): ApiError {
  return new ApiError('ValidationError', message);
}
