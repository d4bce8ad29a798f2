/** What the registry says by itself, in the words of ECR's. */
import type { ServerResponse } from 'node:http';
import type { Scope } from '../../../domain/arn.ts';
import { registryHost } from '../../../domain/ecr/names.ts';
import { ApiError, toAppError } from '../../../domain/errors.ts';
import type { RegistryError } from '../images/manifests.ts';

export const API_VERSION = { 'docker-distribution-api-version': 'registry/2.0' } as const;

/** An answer of the registry's protocol that is an error. */
export class RegistryRefusal extends Error {
  readonly status: number;
  readonly errors: readonly RegistryError[];

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.errors = [{ code, message }];
  }
}

/** Asks for a name and a password. */
export function answerUnauthorized(response: ServerResponse, scope: Scope, dnsSuffix: string): void {
  const realm = `https://${registryHost(scope, dnsSuffix)}/`;
  const text = 'Not Authorized\n';
  response.writeHead(401, {
    ...API_VERSION,
    'www-authenticate': `Basic realm="${realm}",service="ecr.amazonaws.com"`,
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

export function answerErrors(
  response: ServerResponse,
  status: number,
  errors: readonly RegistryError[],
): void {
  const body = JSON.stringify({ errors });
  response.writeHead(status, {
    ...API_VERSION,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Refusals of ECR's API have their counterparts here; what else went wrong says nothing of itself. */
export function refusalOf(error: unknown): { status: number; errors: readonly RegistryError[] } {
  if (error instanceof RegistryRefusal) return error;
  if (error instanceof ApiError) {
    const { status, code } = API_CODES[error.code] ?? { status: 400, code: 'UNKNOWN' };
    return { status, errors: [{ code, message: error.message }] };
  }
  const { kind, details, message } = toAppError(error);
  const { status, errors } = details as { status?: number; errors?: readonly RegistryError[] };
  if (status !== undefined && status < 500 && errors?.[0] !== undefined) return { status, errors };
  if (kind === 'invalid') return { status: 400, errors: [{ code: 'MANIFEST_INVALID', message }] };
  return { status: 503, errors: [{ code: 'UNAVAILABLE', message: 'Service Unavailable' }] };
}

const API_CODES: Readonly<Record<string, { readonly status: number; readonly code: string }>> = {
  RepositoryNotFoundException: { status: 404, code: 'NAME_UNKNOWN' },
  ImageTagAlreadyExistsException: { status: 400, code: 'TAG_INVALID' },
};
