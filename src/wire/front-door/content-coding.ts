/**
 * Bodies that come compressed: SDKs send larger PutMetricData so. Signatures cover the body as it is on the wire, so
 * what was sent stays beside what it says.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ApiError } from '../../domain/errors.ts';
import type { WireRequest } from '../sigv4/canonical-request.ts';
import { headerOf } from '../sigv4/signature-claim.ts';

const unpack = promisify(gunzip);

/** The request with its body in plain bytes, at most `limitBytes` of them; an error where that cannot be had. */
export async function plainRequest(
  request: WireRequest,
  limitBytes: number,
): Promise<WireRequest | ApiError> {
  const coding = (headerOf(request, 'content-encoding') ?? '').trim().toLowerCase();
  if (coding !== 'gzip') return request;
  try {
    return { ...request, body: await unpack(request.body, { maxOutputLength: limitBytes }) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      ? new ApiError(
          'RequestEntityTooLargeException',
          'The request entity is larger than this service accepts.',
        )
      : new ApiError('SerializationException', 'The request body is not valid gzip.');
  }
}
