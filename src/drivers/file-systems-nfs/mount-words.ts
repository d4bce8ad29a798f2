/** The failures of a mount in the words of mount.nfs4 and amazon-efs-utils, which people look for. */
import { MOUNT_ATTEMPTS, type MountFailure, mountNfs } from '../../domain/efs/mount-words.ts';
import { AppError, type ErrorKind } from '../../domain/errors.ts';

interface Words {
  readonly kind: ErrorKind;
  /** After `mount.nfs4: `. `source` is what was to be mounted, at `path`. */
  readonly text: (source: string, path: string) => string;
}

const REFUSED: Words = {
  kind: 'failed-precondition',
  text: (source) => `access denied by server while mounting ${source}`,
};
const WORDS: Readonly<Record<string, Words>> = {
  EACCES: REFUSED,
  EPERM: REFUSED,
  ENOENT: {
    kind: 'not-found',
    text: (source) => `mounting ${source} failed, reason given by server: No such file or directory`,
  },
  ENOTDIR: {
    kind: 'not-found',
    text: (source, path) => `mount spec ${source} or point ${path} is not a directory`,
  },
  EINVAL: { kind: 'invalid', text: () => 'an incorrect mount option was specified' },
  EPROTONOSUPPORT: {
    kind: 'failed-precondition',
    text: () => 'requested NFS version or transport protocol is not supported',
  },
  EIO: { kind: 'unavailable', text: () => 'mount system call failed' },
  ETIMEDOUT: { kind: 'deadline', text: () => 'Connection timed out' },
  ECONNREFUSED: { kind: 'unavailable', text: () => 'Connection refused' },
  ECONNRESET: { kind: 'unavailable', text: () => 'Connection reset by peer' },
  EHOSTUNREACH: { kind: 'unavailable', text: () => 'No route to host' },
  ENETUNREACH: { kind: 'unavailable', text: () => 'Network is unreachable' },
  ESTALE: { kind: 'not-found', text: () => 'Stale file handle' },
  ENODEV: { kind: 'unimplemented', text: () => 'No such device' },
};

export interface MountAttempt {
  readonly source: string;
  readonly path: string;
}

/** Of an attempt that ended with an errno's name. `earlier` are the words of the attempts before it. */
export function mountFailure(
  errno: string,
  attempt: MountAttempt,
  earlier: readonly string[] = [],
): AppError {
  const { kind, text } = WORDS[errno] ?? { kind: 'unavailable', text: () => 'mount system call failed' };
  return failure(kind, mountNfs(text(attempt.source, attempt.path)), earlier, errno);
}

/** No attempt came to an end in time. */
export function mountTimeout(earlier: readonly string[]): AppError {
  return failure('deadline', mountNfs('mount system call failed'), earlier, 'ETIMEDOUT');
}

/** What efs-utils says before it tries again. */
export function attemptWords(attempt: number, reason: string, waitMs: number): string {
  const wait = `wait ${Math.floor(waitMs / 1000)} sec before next attempt.`;
  return `Mount attempt ${attempt}/${MOUNT_ATTEMPTS} failed due to ${reason}, ${wait}`;
}

/** The reasons that efs-utils tries again for, in its words: no end in time, and a connection that was reset. */
export function reasonToRetry(outcome: string, timeoutMs: number): string | undefined {
  if (outcome === 'timeout') return `timeout after ${Math.round(timeoutMs / 1000)} sec`;
  return outcome === 'ECONNRESET' ? mountNfs('Connection reset by peer').stderr : undefined;
}

/** The name of an external server means nothing in the task's VPC. */
export function unresolved(name: string, cause: unknown): AppError {
  const words = `Failed to resolve "${name}" - check that the name of the server is correct.`;
  return new AppError('unavailable', words, { cause, details: { exitCode: 1 } });
}

function failure(
  kind: ErrorKind,
  { stderr, exitCode }: MountFailure,
  earlier: readonly string[],
  syscallCode: string,
): AppError {
  return new AppError(kind, [...earlier, stderr].join(' '), { details: { exitCode, syscallCode } });
}
