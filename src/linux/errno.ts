/**
 * The one place where errno becomes an AppError. `details.syscallCode` is the errno's name, `details.syscall` the
 * call that failed.
 */
import { constants } from 'node:os';
import { AppError, type ErrorKind } from '../domain/errors.ts';

/** Where two names have one number: those that this program uses. */
const SYNONYMS: ReadonlySet<string> = new Set(['EWOULDBLOCK', 'ENOTSUP']);
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).flatMap(([name, number]): [number, string][] =>
    SYNONYMS.has(name) ? [] : [[number, name]],
  ),
);

const KINDS: Readonly<Record<string, ErrorKind>> = {
  ENOENT: 'not-found',
  ENODEV: 'not-found',
  ENXIO: 'not-found',
  ESRCH: 'not-found',
  ENOTDIR: 'not-found',
  EADDRNOTAVAIL: 'not-found',
  EEXIST: 'already-exists',
  EINVAL: 'invalid',
  ENAMETOOLONG: 'invalid',
  ERANGE: 'invalid',
  EBUSY: 'failed-precondition',
  ENOTEMPTY: 'failed-precondition',
  ENOSPC: 'failed-precondition',
  EDQUOT: 'failed-precondition',
  EPERM: 'failed-precondition',
  EACCES: 'failed-precondition',
  EROFS: 'failed-precondition',
  EAGAIN: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  ECONNABORTED: 'unavailable',
  EPIPE: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENETDOWN: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  EHOSTDOWN: 'unavailable',
  EADDRINUSE: 'unavailable',
  ENOMEM: 'unavailable',
  ENOBUFS: 'unavailable',
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  ETIMEDOUT: 'deadline',
  ENOSYS: 'unimplemented',
  EOPNOTSUPP: 'unimplemented',
  EPROTONOSUPPORT: 'unimplemented',
  EAFNOSUPPORT: 'unimplemented',
};

/** `ENOENT` for 2 and so on. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}

/** The AppError for a failed system call. */
export function errnoError(errno: number, syscall: string, what = ''): AppError {
  const code = errnoName(errno);
  const subject = what === '' ? syscall : `${syscall} ${what}`;
  return new AppError(KINDS[code] ?? 'internal', `${subject}: ${code}`, {
    details: { syscall, syscallCode: code },
  });
}

/** The AppError for an error that Node's own modules raised (`code`, `syscall`); other things become `internal`. */
export function nodeError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  const kind = (code !== undefined && KINDS[code]) || 'internal';
  const details = code === undefined ? {} : { syscallCode: code, ...(syscall !== undefined && { syscall }) };
  return new AppError(kind, `${what}: ${code ?? message}`, { cause: error, details });
}

/** True for an AppError that stems from this errno. */
export function hasErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof AppError && codes.includes(String(error.details['syscallCode']));
}
