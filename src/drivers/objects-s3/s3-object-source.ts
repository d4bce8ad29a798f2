/**
 * Objects from an S3 service over HTTP(S): GetObject with the bucket in the path, through the dialer of whoever asks, of
 * bounded size and time. Requests are signed with the keys of a credentials file; without one they are anonymous.
 * Redirects are not followed.
 */
import type { ObjectAccess, ObjectQuery, ObjectSource } from '../../ports/object-source.ts';
import type { Dialer } from '../../ports/dialer.ts';
import { HttpClient, type HttpResponse, type HttpTimeouts } from '../http-client/http-client.ts';
import { withoutQuery } from '../http-client/shown-address.ts';
import { readCredentialsFile, type S3Credentials } from './credentials-file.ts';
import { s3Refusal } from './s3-error.ts';

/** A GET without a body, by its undecoded path. */
export interface UnsignedRequest {
  readonly path: string;
  readonly host: string;
  readonly region: string;
}

/** The headers that sign a request. */
export type SignRequest = (request: UnsignedRequest, credentials: S3Credentials) => Record<string, string>;

export interface S3ObjectSourceOptions {
  /** Scheme, host and port. */
  readonly endpoint: URL;
  /** A way to it over a dialer, secured where the endpoint is; by default the dialer's own to the endpoint. */
  readonly through?: (dialer: Dialer) => Dialer;
  readonly credentialsFile?: string;
  readonly sign: SignRequest;
  readonly timeouts?: HttpTimeouts;
}

const TIMEOUTS: HttpTimeouts = {
  connectMs: 10_000,
  headMs: 15_000,
  firstByteMs: 15_000,
  inactivityMs: 10_000,
};

export class S3ObjectSource implements ObjectSource {
  readonly #options: S3ObjectSourceOptions;
  /** As it is asked: TLS of a way of its own is the way's business. */
  readonly #endpoint: URL;
  readonly #timeouts: HttpTimeouts;
  readonly #client: HttpClient;
  /** Connections are kept by dialer. */
  readonly #ways = new WeakMap<Dialer, Dialer>();

  constructor(options: S3ObjectSourceOptions) {
    this.#options = options;
    this.#timeouts = options.timeouts ?? TIMEOUTS;
    this.#endpoint =
      options.through === undefined ? options.endpoint : new URL(`http://${options.endpoint.host}`);
    this.#client = new HttpClient(this.#timeouts);
  }

  async get(query: ObjectQuery, access: ObjectAccess): Promise<Buffer> {
    const url = new URL(objectPath(query), this.#endpoint);
    const response = await this.#request(url, query.region, access);
    if (response.status === 200) return response.read(query.maxBytes);
    const { error, region } = await s3Refusal(response, withoutQuery(url));
    if (region === undefined || region === query.region) throw error;
    const again = await this.#request(url, region, access);
    if (again.status === 200) return again.read(query.maxBytes);
    throw (await s3Refusal(again, withoutQuery(url))).error;
  }

  async #request(url: URL, region: string, { dialer, signal }: ObjectAccess): Promise<HttpResponse> {
    const { credentialsFile, sign } = this.#options;
    const credentials =
      credentialsFile === undefined ? undefined : await readCredentialsFile(credentialsFile);
    const unsigned = { path: url.pathname, host: url.host, region };
    return this.#client.send({
      method: 'GET',
      url,
      headers: credentials === undefined ? {} : sign(unsigned, credentials),
      dialer: this.#wayOf(dialer),
      firstByteMs: this.#timeouts.firstByteMs,
      signal,
    });
  }

  #wayOf(dialer: Dialer): Dialer {
    const known = this.#ways.get(dialer);
    if (known !== undefined) return known;
    const way = this.#options.through?.(dialer) ?? dialer;
    this.#ways.set(dialer, way);
    return way;
  }
}

/** Every byte but unreserved ones is encoded, once: what is signed is what is sent. */
function objectPath({ bucket, key }: ObjectQuery): string {
  const encoded = key.split('/').map(encode).join('/');
  return `/${encode(bucket)}/${encoded}`;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
