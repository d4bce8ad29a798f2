/** gRPC's status codes to kinds of AppError: the one place where they are translated. */
import { AppError, type ErrorKind } from '../../../domain/errors.ts';
import { mountHookFailure } from '../mounts/nested-mounts.ts';

/** By status code. 2 (UNKNOWN) is what containerd answers with for whatever has no class of its own. */
const KINDS: Readonly<Record<number, ErrorKind>> = {
  1: 'aborted',
  2: 'internal',
  3: 'invalid',
  4: 'deadline',
  5: 'not-found',
  6: 'already-exists',
  7: 'failed-precondition',
  8: 'unavailable',
  9: 'failed-precondition',
  10: 'conflict',
  11: 'invalid',
  12: 'unimplemented',
  13: 'internal',
  14: 'unavailable',
  15: 'internal',
  16: 'failed-precondition',
};

/** What the kernel says when a disk is full; containerd passes it on as text only. */
const NO_SPACE = 'no space left on device';
/** A script of ours that the shim calls in place of `runc` or `runsc`, by its path on the machine. */
const RUNTIME_SCRIPT = /\/[^\s:"]*\/(runc|runsc)\.sh\b/g;

/** An AppError from a status, with containerd's own words as its message. */
export function grpcError(code: number, message: string, method: string, cause?: unknown): AppError {
  const details = { grpcCode: code, method };
  if (message.includes(NO_SPACE)) {
    return new AppError('failed-precondition', message, { cause, details: { ...details, errno: 'ENOSPC' } });
  }
  return new AppError(KINDS[code] ?? 'internal', message, { cause, details });
}

/**
 * A refusal of the OCI runtime (or of its shim). Those come without a class, so `internal` becomes `invalid`: it is
 * the container as asked for that cannot be made. What has a class keeps it, but for `not-found`, which here means
 * that the program to run does not exist. The runtime is named as users know it, and a mount that it was not to make
 * fails in its own words.
 */
export function runtimeRefusal(error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  if (error.kind !== 'internal' && error.kind !== 'not-found') return error;
  const message = mountHookFailure(error.message) ?? error.message.replaceAll(RUNTIME_SCRIPT, '$1');
  return new AppError('invalid', message, { cause: error.cause, details: { ...error.details } });
}
