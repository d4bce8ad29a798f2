/**
 * Client tokens: what a request made has the token with it, so that the same request sent once more makes nothing and is
 * answered with what there is. Whatever is deleted takes its token along.
 */
import { ApiError } from '../../domain/errors.ts';
import type { RequestMark } from '../../domain/network/records.ts';
import { requestHash } from '../request-hash.ts';
import { invalidParameterValue } from './errors.ts';

const LONGEST = 64;

/** Undefined without a token. Throws InvalidParameterValue. */
export function requestMark(request: { readonly ClientToken?: string | undefined }): RequestMark | undefined {
  const { ClientToken: clientToken } = request;
  if (clientToken === undefined || clientToken === '') return undefined;
  if (clientToken.length > LONGEST || !/^[\x20-\x7e]*$/.test(clientToken)) {
    throw invalidParameterValue(`Value (${clientToken}) for parameter ClientToken is invalid.`);
  }
  return { clientToken, requestHash: requestHash(request) };
}

/** What an earlier request with the token made. Throws IdempotentParameterMismatch when that was another request. */
export function madeBefore<T extends { readonly request?: RequestMark }>(
  records: readonly T[],
  mark: RequestMark | undefined,
): readonly T[] {
  if (mark === undefined) return [];
  const made = records.filter(({ request }) => request?.clientToken === mark.clientToken);
  if (made.every(({ request }) => request?.requestHash === mark.requestHash)) return made;
  throw new ApiError(
    'IdempotentParameterMismatch',
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  );
}
