/** The registry port over the OCI distribution API: which requests to make, and what their answers mean. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../domain/errors.ts';
import { MANIFEST_ACCEPT } from '../../domain/oci/media-types.ts';
import type { ImageReference, Registry, RegistryContext, ResolvedManifest } from '../../ports/registry.ts';
import type { HttpResponse, HttpTimeouts } from '../http-client/http-client.ts';
import { EndpointOrder } from './endpoint-order.ts';
import {
  type Endpoint,
  endpointsOf,
  type RegistryAuthority,
  type RegistryHosts,
  type RegistryMirror,
} from './endpoints.ts';
import { RegistryCalls } from './registry-calls.ts';

export interface OciRegistryOptions {
  readonly hosts?: RegistryHosts;
  /** Registries to speak plain HTTP with, as image references name them. Those on the machine itself always are. */
  readonly insecureRegistries?: readonly string[];
  /** Asked before the registry itself, those of one registry in this order. */
  readonly mirrors?: readonly RegistryMirror[];
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly userAgent?: string;
  /** Registries below a domain whose certificates an authority of its own makes. */
  readonly authority?: RegistryAuthority;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = {
  connectMs: 4000,
  headMs: 10_000,
  firstByteMs: 60_000,
  inactivityMs: 60_000,
};

const MAX_MANIFEST = 8 * 1024 * 1024;

/** One request's surroundings. */
interface Place {
  readonly endpoint: Endpoint;
  readonly reference: ImageReference;
  readonly context: RegistryContext;
}

export class OciRegistry implements Registry {
  readonly #hosts: RegistryHosts;
  readonly #mirrors: readonly RegistryMirror[];
  readonly #timeouts: HttpTimeouts;
  readonly #calls: RegistryCalls;
  readonly #authority: RegistryAuthority | undefined;
  readonly #order = new EndpointOrder();

  constructor(options: OciRegistryOptions = {}) {
    const insecure = (options.insecureRegistries ?? []).map((name) => [name, { insecure: true }] as const);
    this.#hosts = { ...Object.fromEntries(insecure), ...options.hosts };
    this.#mirrors = options.mirrors ?? [];
    this.#authority = options.authority;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#calls = new RegistryCalls(this.#timeouts, options.userAgent ?? 'neargate');
  }

  resolve(
    reference: ImageReference,
    context: RegistryContext,
  ): Promise<{ mediaType: string; digest: string; size: number }> {
    return this.#first(reference, context, (endpoint) => this.#resolveAt({ endpoint, reference, context }));
  }

  manifest(reference: ImageReference, digest: string, context: RegistryContext): Promise<ResolvedManifest> {
    return this.#first(reference, context, async (endpoint) => {
      const response = await this.#manifestCall('GET', digest, { endpoint, reference, context });
      const bytes = await response.read(MAX_MANIFEST);
      const actual = digestOf(bytes, digest);
      if (actual !== digest) {
        const details = { expectedDigest: digest, actualDigest: actual };
        throw new AppError('invalid', 'the manifest is not what its digest says', { details });
      }
      return { mediaType: manifestTypeOf(response.headers, bytes), digest, bytes };
    });
  }

  async *blob(
    reference: ImageReference,
    digest: string,
    offset: number,
    context: RegistryContext,
  ): AsyncGenerator<Uint8Array> {
    let at = offset;
    for (const endpoint of this.#order.awake(this.#endpoints(reference), context)) {
      try {
        for await (const piece of this.#blobAt({ endpoint, reference, context }, digest, at)) {
          at += piece.length;
          yield piece;
        }
        return;
      } catch (error) {
        if (!this.#order.mayGoOn(error, endpoint, context)) throw error;
      }
    }
  }

  async *#blobAt(place: Place, digest: string, offset: number): AsyncGenerator<Uint8Array> {
    const response = await this.#calls.send(place.endpoint, place.reference, place.context, {
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

  async #resolveAt(place: Place): Promise<{ mediaType: string; digest: string; size: number }> {
    const { reference } = place;
    const name = reference.digest ?? reference.tag ?? 'latest';
    const response = await this.#manifestCall('HEAD', name, place).catch((error: unknown) => {
      if (error instanceof AppError && error.details['status'] === 405) return undefined;
      throw error;
    });
    const digest = response?.headers['docker-content-digest'];
    const size = Number(response?.headers['content-length']);
    if (response === undefined || typeof digest !== 'string' || !Number.isInteger(size)) {
      return this.#resolveByContent(name, place);
    }
    if (reference.digest !== undefined && reference.digest !== digest) {
      throw new AppError('invalid', `the registry answered ${digest} for ${reference.digest}`);
    }
    return { mediaType: mediaTypeOf(response.headers), digest, size };
  }

  /** For registries that answer HEAD without a digest, or not at all. */
  async #resolveByContent(
    name: string,
    place: Place,
  ): Promise<{ mediaType: string; digest: string; size: number }> {
    const response = await this.#manifestCall('GET', name, place);
    const bytes = await response.read(MAX_MANIFEST);
    const digest = digestOf(bytes, place.reference.digest ?? 'sha256:');
    return { mediaType: manifestTypeOf(response.headers, bytes), digest, size: bytes.length };
  }

  #manifestCall(method: 'GET' | 'HEAD', name: string, place: Place): Promise<HttpResponse> {
    return this.#calls.send(place.endpoint, place.reference, place.context, {
      method,
      path: `manifests/${name}`,
      headers: { accept: MANIFEST_ACCEPT.join(', ') },
      firstByteMs: this.#timeouts.headMs,
    });
  }

  #first<T>(
    reference: ImageReference,
    context: RegistryContext,
    work: (endpoint: Endpoint) => Promise<T>,
  ): Promise<T> {
    return this.#order.first(this.#endpoints(reference), context, work);
  }

  #endpoints({ registry }: ImageReference): Endpoint[] {
    return endpointsOf(registry, this.#hosts, this.#mirrors, this.#authority);
  }
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
