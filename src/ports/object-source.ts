/** Objects of S3, read whole, through a task's own network. */
import type { Dialer } from './dialer.ts';

export interface ObjectQuery {
  readonly bucket: string;
  readonly key: string;
  /** The region that the request is signed for. */
  readonly region: string;
  /** A longer object is refused. */
  readonly maxBytes: number;
}

export interface ObjectAccess {
  readonly dialer: Dialer;
  readonly signal: AbortSignal;
}

export interface ObjectSource {
  /**
   * The bytes of an object (GetObject). May be repeated. Throws
   * - `not-found`: no such key or bucket;
   * - `failed-precondition`: it may not be read (`details.denied` is true then), or the source is not in order;
   * - `invalid`: it is longer than `maxBytes`, or the service refuses the question;
   * - `unavailable`, `deadline`: no answer or none now, worth another try; `aborted` by the signal.
   * Where the service answered, `details.awsCode` is its code (NoSuchKey, AccessDenied …), `details.status` the HTTP
   * status, and the message its own. Where none came, details are the dialer's, with `host` and `port`.
   */
  get(query: ObjectQuery, access: ObjectAccess): Promise<Buffer>;
}
