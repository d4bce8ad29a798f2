/** EFS's exceptions that more than one operation has, in AWS's words. */
import { ApiError } from '../../domain/errors.ts';
import type { EfsKind } from '../../domain/keys.ts';

const NOT_FOUND: Readonly<Record<EfsKind, readonly [code: string, text: (id: string) => string]>> = {
  'file-system': ['FileSystemNotFound', (id) => `File system '${id}' does not exist.`],
  'mount-target': ['MountTargetNotFound', (id) => `Mount target '${id}' does not exist.`],
  'access-point': ['AccessPointNotFound', (id) => `Access point '${id}' does not exist.`],
};

export function notFound(kind: EfsKind, id: string): ApiError {
  const [code, text] = NOT_FOUND[kind];
  return new ApiError(code, text(id));
}

export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/** `what`: as in `policy`. */
export function policyNotFound(what: string, fileSystemId: string): ApiError {
  return new ApiError('PolicyNotFound', `File system '${fileSystemId}' has no ${what}.`);
}

/** After too many conflicts. */
export function busy(): ApiError {
  return new ApiError('InternalServerError', 'The service encountered an internal error. Try again.');
}
