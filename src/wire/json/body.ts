/** A request's body as JSON, and the one error for what is not in it. */
import { isUtf8 } from 'node:buffer';
import { ApiError } from '../../domain/errors.ts';
import { serializationError } from './decode.ts';

/** Parses a body; throws SerializationException when it is not UTF-8 or not JSON. */
export function parseJson(body: Uint8Array): { readonly value: unknown; readonly escapes: boolean } {
  if (body.byteLength === 0) return { value: {}, escapes: false };
  if (!isUtf8(body)) throw serializationError('Request body is not valid UTF-8');
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  try {
    return { value: JSON.parse(text) as unknown, escapes: text.includes('\\u') };
  } catch {
    // Without the parser's own words: they quote the body.
    throw serializationError('Could not parse request body into json');
  }
}

/** AWS's one error for all required members that are not there. `code` is the service's exception for bad input. */
export function missingMembersError(code: string, missing: readonly string[]): ApiError {
  const details = missing
    .slice(0, 20)
    .map(
      (path) => `Value null at '${path.slice(0, 200)}' failed to satisfy constraint: Member must not be null`,
    );
  const count = `${missing.length} validation error${missing.length === 1 ? '' : 's'} detected: `;
  return new ApiError(code, count + details.join('; '));
}
