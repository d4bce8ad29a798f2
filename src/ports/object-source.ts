/** Objects of S3, read through a task's own network. */
import type { Dialer } from './dialer.ts';

export interface ObjectQuery {
  readonly bucket: string;
  readonly key: string;
  readonly region: string;
  /** A longer object is `invalid`. */
  readonly maxBytes: number;
}

export interface ObjectAccess {
  readonly dialer: Dialer;
  readonly signal: AbortSignal;
}

export interface ObjectSource {
  /**
   * The bytes of an object. `not-found` (no such bucket or key), `failed-precondition` (denied, or no source is set
   * up), `invalid` (too long), `unavailable` or `deadline` (no answer), `aborted`. Messages are the service's words,
   * `Code: text` where it gave an answer.
   */
  get(query: ObjectQuery, access: ObjectAccess): Promise<Buffer>;
}
