/**
 * The registry port over the OCI distribution API. Each request leaves through the context's dialer, also those that
 * follow from it: tokens, redirects. A redirect to another host carries no authorization.
 */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../domain/errors.ts';
import { MANIFEST_ACCEPT } from '../../domain/oci/media-types.ts';
import type { ImageReference, Registry, RegistryContext, ResolvedManifest } from '../../ports/registry.ts';
import { Authorization, type AuthorizationScope } from './authorization.ts';
import { HttpClient, type HttpResponse, type HttpTimeouts } from '../http-client/http-client.ts';
import { withoutQuery } from '../http-client/shown-address.ts';
import { checkOnward, endpointOf, type RegistryHosts } from './endpoints.ts';
import { parseChallenges } from './challenge.ts';
import { statusError } from './status-error.ts';

export interface OciRegistryOptions {
  readonly hosts?: RegistryHosts;
  /** Registries to speak plain HTTP with, as image references name them. Those on the machine itself always are. */
  readonly insecureRegistries?: readonly string[];
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly userAgent?: string;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = {
  connectMs: 4000,
  headMs: 10_000,
  firstByteMs: 60_000,
  inactivityMs: 60_000,
};

const MAX_MANIFEST = 8 * 1024 * 1024;
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

interface Call {
  readonly method: 'GET' | 'HEAD';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly firstByteMs: number;
}

export class OciRegistry implements Registry {
  readonly #hosts: RegistryHosts;
  readonly #timeouts: HttpTimeouts;
  readonly #http: HttpClient;
  readonly #authorization: Authorization;
  readonly #userAgent: string;

  constructor(options: OciRegistryOptions = {}) {
    const insecure = (options.insecureRegistries ?? []).map((name) => [name, { insecure: true }] as const);
    this.#hosts = { ...Object.fromEntries(insecure), ...options.hosts };
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#http = new HttpClient(this.#timeouts);
    this.#authorization = new Authorization(this.#http, this.#timeouts.headMs);
    this.#userAgent = options.userAgent ?? 'neargate';
  }

  async resolve(
    reference: ImageReference,
    context: RegistryContext,
  ): Promise<{ mediaType: string; digest: string; size: number }> {
    const name = reference.digest ?? reference.tag ?? 'latest';
    const response = await this.#manifestCall('HEAD', name, reference, context).catch((error: unknown) => {
      if (error instanceof AppError && error.details['status'] === 405) return undefined;
      throw error;
    });
    const digest = response?.headers['docker-content-digest'];
    const size = Number(response?.headers['content-length']);
    if (response === undefined || typeof digest !== 'string' || !Number.isInteger(size)) {
      return this.#resolveByContent(name, reference, context);
    }
    if (reference.digest !== undefined && reference.digest !== digest) {
      throw new AppError('invalid', `the registry answered ${digest} for ${reference.digest}`);
    }
    return { mediaType: mediaTypeOf(response.headers), digest, size };
  }

  async manifest(
    reference: ImageReference,
    digest: string,
    context: RegistryContext,
  ): Promise<ResolvedManifest> {
    const response = await this.#manifestCall('GET', digest, reference, context);
    const bytes = await response.read(MAX_MANIFEST);
    const actual = digestOf(bytes, digest);
    if (actual !== digest) {
      const details = { expectedDigest: digest, actualDigest: actual };
      throw new AppError('invalid', 'the manifest is not what its digest says', { details });
    }
    return { mediaType: manifestTypeOf(response.headers, bytes), digest, bytes };
  }

  async *blob(
    reference: ImageReference,
    digest: string,
    offset: number,
    context: RegistryContext,
  ): AsyncGenerator<Uint8Array> {
    const response = await this.#call(reference, context, {
      method: 'GET',
      path: `blobs/${digest}`,
      // Without this a proxy might compress what is compressed already, and the digest would not match.
      headers: { 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) },
      firstByteMs: this.#timeouts.firstByteMs,
    });
    let skip = response.status === 206 ? 0 : offset;
    if (response.status === 206 && !startsAt(response.headers['content-range'], offset)) {
      throw new AppError('invalid', 'the registry answered another range than the one asked for');
    }
    for await (const piece of response.body()) {
      if (skip >= piece.length) skip -= piece.length;
      else {
        yield skip === 0 ? piece : piece.subarray(skip);
        skip = 0;
      }
    }
  }

  /** For registries that answer HEAD without a digest, or not at all. */
  async #resolveByContent(
    name: string,
    reference: ImageReference,
    context: RegistryContext,
  ): Promise<{ mediaType: string; digest: string; size: number }> {
    const response = await this.#manifestCall('GET', name, reference, context);
    const bytes = await response.read(MAX_MANIFEST);
    const digest = digestOf(bytes, reference.digest ?? 'sha256:');
    return { mediaType: manifestTypeOf(response.headers, bytes), digest, size: bytes.length };
  }

  #manifestCall(
    method: 'GET' | 'HEAD',
    name: string,
    reference: ImageReference,
    context: RegistryContext,
  ): Promise<HttpResponse> {
    return this.#call(reference, context, {
      method,
      path: `manifests/${name}`,
      headers: { accept: MANIFEST_ACCEPT.join(', ') },
      firstByteMs: this.#timeouts.headMs,
    });
  }

  /** One call with authorization: what is known at first, then what the challenge asks for. */
  async #call(reference: ImageReference, context: RegistryContext, call: Call): Promise<HttpResponse> {
    const endpoint = endpointOf(reference.registry, this.#hosts);
    const scope: AuthorizationScope = { endpoint, repository: reference.repository, context };
    const known = this.#authorization.known(scope);
    let response = await this.#follow(scope, call, known);
    if (response.status === 401) {
      if (known !== undefined) this.#authorization.forget(scope);
      const challenge = response.headers['www-authenticate'];
      const header = await this.#authorization.answer(challenge, scope);
      if (header !== undefined) {
        await drain(response);
        response = await this.#follow(scope, call, header);
      }
    }
    if (response.status === 200 || response.status === 206) return response;
    if (response.status === 401) this.#authorization.forget(scope);
    const challengeError = parseChallenges(response.headers['www-authenticate'])[0]?.parameters['error'];
    throw await statusError(response, {
      method: call.method,
      url: withoutQuery(callUrl(scope, call)),
      authenticated: context.auth !== undefined,
      ...(challengeError === undefined ? {} : { challengeError }),
    });
  }

  async #follow(scope: AuthorizationScope, call: Call, authorization?: string): Promise<HttpResponse> {
    const { endpoint, context } = scope;
    const first = callUrl(scope, call);
    let url = first;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const trusted = url.host === first.host && url.protocol === first.protocol;
      const response = await this.#http.send({
        method: call.method,
        url,
        headers: {
          'user-agent': this.#userAgent,
          ...call.headers,
          ...(trusted && authorization !== undefined ? { authorization } : {}),
        },
        dialer: context.dialer,
        firstByteMs: call.firstByteMs,
        ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      const { location } = response.headers;
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      await drain(response);
      if (!URL.canParse(location, url.href)) break;
      url = new URL(location, url);
      checkOnward(endpoint, url, 'a redirect');
    }
    throw new AppError('invalid', 'the registry redirects without end', {
      details: { method: call.method, url: withoutQuery(first) },
    });
  }
}

function callUrl(scope: AuthorizationScope, call: Call): URL {
  return new URL(`/v2/${scope.repository}/${call.path}`, scope.endpoint.base);
}

/** Frees the connection for the next request; what is long is not worth reading. */
async function drain(response: HttpResponse): Promise<void> {
  await response.read(64 * 1024).catch(() => undefined);
}

function mediaTypeOf(headers: IncomingHttpHeaders): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim() ?? '';
}

/** The Content-Type; where the registry gives none of use, what the manifest says of itself. */
function manifestTypeOf(headers: IncomingHttpHeaders, bytes: Buffer): string {
  const declared = mediaTypeOf(headers);
  if (declared.startsWith('application/vnd.')) return declared;
  try {
    const { mediaType } = JSON.parse(bytes.toString()) as { mediaType?: unknown };
    return typeof mediaType === 'string' ? mediaType : declared;
  } catch {
    return declared;
  }
}

function startsAt(contentRange: string | undefined, offset: number): boolean {
  return contentRange === undefined || contentRange.startsWith(`bytes ${offset}-`);
}

/** The digest of the bytes by the same algorithm as `like`. */
function digestOf(bytes: Buffer, like: string): string {
  const algorithm = like.split(':', 1)[0] === 'sha512' ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}
