/** Tokens of listings: opaque to callers, positions to us. */
import { invalidParameter } from './constraints.ts';

export function invalidToken(): Error {
  return invalidParameter('The specified nextToken is invalid.');
}

export function encodeToken(position: string): string {
  return Buffer.from(position).toString('base64url');
}

/** The position in a token; throws InvalidParameterException for what we never gave out. */
export function decodeToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  const position = Buffer.from(token, 'base64url').toString('utf8');
  if (position === '' || encodeToken(position) !== token) throw invalidToken();
  return position;
}
