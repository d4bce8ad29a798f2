/** A query that is not one: what is wrong with it, and where. */
import { ApiError } from '../../errors.ts';

export function malformedQuery(message: string, from: number, until = from): ApiError {
  const location = { startCharOffset: from, endCharOffset: until };
  return new ApiError('MalformedQueryException', message, { queryCompileError: { location, message } });
}
