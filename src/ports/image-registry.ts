/**
 * Where ECR keeps manifests and layers: a registry of its own that nobody else reaches, spoken to in the protocol of
 * OCI distribution. Repositories come about by the first upload; their places are names such as `a/b/c`.
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

export interface RegistryExchange {
  readonly method: string;
  /** Path and query, from `/v2/` on. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  /** A stream is read as fast as the registry takes it. */
  readonly body?: Buffer | Readable;
  readonly signal?: AbortSignal;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read to its end, or destroyed. */
  readonly body: Readable;
}

export interface ImageRegistry {
  /**
   * One request and the beginning of its answer, whatever its status. Waits until the registry runs. Rejects with
   * `unavailable` when it does not, or breaks off; `aborted` by the signal.
   */
  exchange(request: RegistryExchange): Promise<RegistryAnswer>;
  /** Removes all of a repository but its blobs, which others may share. May be repeated. */
  removeRepository(place: string): Promise<void>;
}
