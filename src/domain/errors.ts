/**
 * The two closed sets of errors.
 * - AppError: what drivers throw. Told apart by `kind`, never by message text.
 * - ApiError: what an AWS operation answers. `code` is AWS's exception name; the HTTP status comes from the
 *   SDK's schema of that exception (400 where it has none).
 * A task that fails is neither: it is a StopReason (domain/task/stop-reason.ts).
 */

export const ERROR_KINDS = [
  'not-found',
  'already-exists',
  'invalid',
  'failed-precondition',
  'conflict',
  'unavailable',
  'deadline',
  'aborted',
  'unimplemented',
  'internal',
] as const;

export type ErrorKind = (typeof ERROR_KINDS)[number];

/** Kinds that are worth another try later, without a change by anyone. */
const RETRYABLE: ReadonlySet<ErrorKind> = new Set(['unavailable', 'deadline', 'conflict']);

/** A driver's failure. `details` holds values for logs; never secrets. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    kind: ErrorKind,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.kind = kind;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.kind);
  }
}

/** True for an AppError of the given kind. */
export function hasKind(error: unknown, kind: ErrorKind): error is AppError {
  return error instanceof AppError && error.kind === kind;
}

/** Turns anything caught at a layer's border into an AppError (unknown things become `internal`). */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError') {
    return new AppError('aborted', message, { cause: error });
  }
  return new AppError('internal', message, { cause: error });
}

/** How an answer came to whoever asked for it. */
export interface ReceivedAnswer {
  /** The HTTP status. */
  readonly status: number;
  readonly requestId: string;
}

/** An answer with one of AWS's exception names. `fields` are further members of the exception's shape. */
export class ApiError extends Error {
  readonly code: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where it was received, not made. */
  readonly received: ReceivedAnswer | undefined;

  constructor(
    code: string,
    message: string,
    fields: Record<string, unknown> = {},
    received?: ReceivedAnswer,
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.fields = fields;
    this.received = received;
  }
}

/** True for an ApiError with the given AWS exception name. */
export function isApiError(error: unknown, code?: string): error is ApiError {
  return error instanceof ApiError && (code === undefined || error.code === code);
}
