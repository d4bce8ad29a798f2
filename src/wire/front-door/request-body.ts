/** Reads a request's body up to a limit, and all bodies together up to another one. */
import type { IncomingMessage } from 'node:http';

const EMPTY = Buffer.alloc(0);

export const DEFAULT_BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/** Each body may have so much in any case, so that a few large ones keep no small one out. */
const EACH_BYTES = 16 * 1024;

/** How much bodies may hold together while they are read and answered. */
export class BodyBudget {
  readonly #mostBytes: number;
  #heldBytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Notes that a body, which then has `bodyBytes` in all, has grown. False: there is no room for that, and nothing is noted. */
  grow(bytes: number, bodyBytes: number): boolean {
    if (bodyBytes > EACH_BYTES && this.#heldBytes + bytes > this.#mostBytes) return false;
    this.#heldBytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}

/** Why a body was not read. */
export type Unread = 'too-large' | 'too-late' | 'too-busy';

/**
 * The whole body, which the caller releases from the budget (if there is one); else why not, with the rest left unread.
 * Rejects when the caller goes away first.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  timeoutMs: number,
  budget?: BodyBudget,
): Promise<Buffer | Unread> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve('too-large');
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > limitBytes || budget?.grow(chunk.length, length) === false) {
        budget?.release(length - chunk.length);
        stop(length > limitBytes ? 'too-large' : 'too-busy');
      } else if (first === undefined) first = chunk;
      else (chunks ??= [first]).push(chunk);
    };
    const stop = (why: Unread): void => {
      clearTimeout(timer);
      request.off('data', onData).off('error', fail).pause();
      resolve(why);
    };
    const fail = (error: Error): void => {
      clearTimeout(timer);
      budget?.release(length);
      reject(error);
    };
    const timer = setTimeout(() => {
      budget?.release(length);
      stop('too-late');
    }, timeoutMs);
    request.on('data', onData);
    request.once('end', () => {
      clearTimeout(timer);
      resolve(chunks === undefined ? (first ?? EMPTY) : Buffer.concat(chunks));
    });
    request.once('error', fail);
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
