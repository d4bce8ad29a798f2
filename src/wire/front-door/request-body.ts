/** Reads a request's body up to a limit. */
import type { IncomingMessage } from 'node:http';

const EMPTY = Buffer.alloc(0);

export const DEFAULT_BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * The whole body; else `too-large` or `too-late`, with the rest left unread. Rejects when the caller goes away first.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  timeoutMs: number,
): Promise<Buffer | 'too-large' | 'too-late'> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve('too-large');
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limitBytes) {
        refuse('too-large');
      } else if (first === undefined) first = chunk;
      else (chunks ??= [first]).push(chunk);
    };
    const refuse = (why: 'too-large' | 'too-late'): void => {
      clearTimeout(timer);
      request.off('data', onData).pause();
      resolve(why);
    };
    const timer = setTimeout(() => refuse('too-late'), timeoutMs);
    request.on('data', onData);
    request.once('end', () => {
      clearTimeout(timer);
      resolve(chunks === undefined ? (first ?? EMPTY) : Buffer.concat(chunks));
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}

/**
 * Throws the rest of a body away, for at most `ms`. An answer given while the caller still sends would be lost when
 * the connection is cut. True when the body has come to its end.
 */
export function discardBody(request: IncomingMessage, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => done(false), ms);
    const done = (ended: boolean): void => {
      clearTimeout(timer);
      resolve(ended);
    };
    request.once('end', () => done(true));
    request.once('error', () => done(false));
    request.resume();
  });
}
