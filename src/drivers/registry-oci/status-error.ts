/** A registry's refusal (HTTP status, error body, Retry-After) as an AppError. */
import { AppError, type ErrorKind } from '../../domain/errors.ts';
import type { HttpResponse } from '../http-client/http-client.ts';

export interface StatusContext {
  readonly method: string;
  /** Without query. */
  readonly url: string;
  /** True for the token server's answer. */
  readonly token?: boolean;
  /** The challenge's `error` parameter (`insufficient_scope`), where a token was sent and refused. */
  readonly challengeError?: string;
  /** Whether a user's name and password were sent. */
  readonly authenticated: boolean;
}

const MAX_ERROR_BODY = 64 * 1024;
const MAX_MESSAGE = 500;
const HIDDEN: ReadonlySet<number> = new Set([401, 403, 404]);
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Reads the error's body (a little of it) and makes the AppError that the port promises. */
export async function statusError(response: HttpResponse, context: StatusContext): Promise<AppError> {
  const body = await response.read(MAX_ERROR_BODY).catch(() => Buffer.alloc(0));
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], Date.now());
  const { status, statusText } = response;
  return new AppError(kindOf(status), `${context.method} ${context.url}: HTTP status ${status}`, {
    details: {
      ...context,
      phase: context.token === true ? 'token' : 'status',
      status,
      statusText,
      ...registryError(body),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    },
  });
}

/** Milliseconds from now on; the header holds seconds or a date. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function kindOf(status: number): ErrorKind {
  if (HIDDEN.has(status)) return 'not-found';
  return PASSING.has(status) ? 'unavailable' : 'invalid';
}

/** `{"errors": [{"code", "message"}]}`; token servers also say `{"details": "…"}`. */
function registryError(body: Buffer): { registryCode?: string; registryMessage?: string } {
  try {
    const parsed = JSON.parse(body.toString()) as { errors?: { code?: unknown; message?: unknown }[] };
    const first = Array.isArray(parsed.errors) ? parsed.errors[0] : undefined;
    return {
      ...(typeof first?.code === 'string' ? { registryCode: first.code.slice(0, 100) } : {}),
      ...(typeof first?.message === 'string' ? { registryMessage: first.message.slice(0, MAX_MESSAGE) } : {}),
    };
  } catch {
    return {};
  }
}
