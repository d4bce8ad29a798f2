/** An OCI distribution registry, reached through a given network. Stateless but for a short-lived token cache. */
import type { ImageReference } from '../domain/oci/reference.ts';
import type { Dialer } from './dialer.ts';

export type { ImageReference } from '../domain/oci/reference.ts';

export interface RegistryContext {
  readonly dialer: Dialer;
  /** For a private registry. */
  readonly auth?: { readonly username: string; readonly password: string };
  readonly signal?: AbortSignal;
}

export interface ResolvedManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface Registry {
  /**
   * HEAD (or GET) of the tag's manifest: its digest and media type now. Throws `not-found` (no such repository,
   * tag or access), `invalid`, `unavailable` (with `retryAfterMs` in details when the registry says so), `deadline`.
   * `details.status` is the HTTP status, `details.url` the address without query, `details.registryCode` the
   * registry's error code (MANIFEST_UNKNOWN, DENIED, TOOMANYREQUESTS …), `details.registryMessage` its text.
   * `details.phase` says where it went wrong: `connect` (then `host`, `port` and what the dialer said, or `tlsCode`),
   * `request` (no answer), `status`, `token` (the token server refused), `body`; `details.challengeError` is the error
   * of the registry's challenge, `details.authenticated` whether a user was given.
   */
  resolve(
    reference: ImageReference,
    context: RegistryContext,
  ): Promise<{ mediaType: string; digest: string; size: number }>;
  /** The manifest's bytes by digest, verified. */
  manifest(reference: ImageReference, digest: string, context: RegistryContext): Promise<ResolvedManifest>;
  /** A blob's bytes from `offset` on (Range request; falls back to skipping). Not verified here. */
  blob(
    reference: ImageReference,
    digest: string,
    offset: number,
    context: RegistryContext,
  ): AsyncIterable<Uint8Array>;
}
