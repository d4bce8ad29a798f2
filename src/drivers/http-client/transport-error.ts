/** What can go wrong between two machines, as AppErrors: below HTTP's own status codes. */
import { AppError, type ErrorKind } from '../../domain/errors.ts';

export interface TransportContext {
  /** Where it went wrong: while connecting (TCP, TLS), before the answer's head, or within its body. */
  readonly phase: 'connect' | 'request' | 'body';
  /** Without query. */
  readonly url: string;
  readonly host?: string;
  readonly port?: number;
  /** Our own time limit ended it. */
  readonly timedOut: boolean;
}

/** Certificates and protocols do not get better by trying again. */
const TLS_CODES =
  /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|HOSTNAME_MISMATCH|INVALID_CA)/;

/** Keeps what the dialer said (address, errno) and adds where it happened. */
export function transportError(error: unknown, context: TransportContext): AppError {
  const { timedOut, ...where } = context;
  if (error instanceof AppError && error.details['phase'] !== undefined) return error;
  const known = error instanceof AppError ? error : undefined;
  const code = codeOf(error);
  const isTls = code !== undefined && TLS_CODES.test(code);
  const details = {
    ...where,
    ...(code === undefined ? {} : isTls ? { tlsCode: code } : { syscallCode: code }),
    ...known?.details,
  };
  const kind = kindOf(error, { timedOut, isTls });
  return new AppError(kind, messageOf(kind, where, code), { cause: error, details });
}

function kindOf(error: unknown, facts: { timedOut: boolean; isTls: boolean }): ErrorKind {
  if (facts.timedOut) return 'deadline';
  if (error instanceof AppError) return error.kind;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError'))
    return 'aborted';
  return facts.isTls ? 'invalid' : 'unavailable';
}

function messageOf(kind: ErrorKind, where: { phase: string; url: string }, code?: string): string {
  const what =
    kind === 'deadline' ? 'no answer in time' : kind === 'aborted' ? 'aborted' : (code ?? 'failed');
  return `${where.phase} to ${where.url}: ${what}`;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name === 'AbortError') return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}
