/**
 * Objects from an S3 service that a setting names: GET by path, signed by whoever knows how, through the dialer of the
 * task. Knows nothing of credentials. Every wait is bounded.
 */
import { AppError, type ErrorKind } from '../../domain/errors.ts';
import type { Dialer, DialTarget } from '../../ports/dialer.ts';
import type { ObjectAccess, ObjectQuery, ObjectSource } from '../../ports/object-source.ts';
import { HttpClient, type HttpResponse } from '../http-client/http-client.ts';

/** Headers to add to a GET of `path` at `host`, so that the service takes it; read anew for each request. */
export type SignRequest = (request: {
  readonly host: string;
  /** As on the request line. */
  readonly path: string;
  readonly region: string;
}) => Promise<Readonly<Record<string, string>>>;

export interface S3ObjectSourceOptions {
  /** e.g. `https://s3.eu-west-1.amazonaws.com` or `http://127.0.0.1:9000`. */
  readonly endpoint: URL;
  /** Where tasks find it, when that is not what the address says: a service on this host's loopback. */
  readonly through?: DialTarget;
  readonly sign: SignRequest;
}

const TIMEOUTS = { connectMs: 10_000, headMs: 15_000, firstByteMs: 15_000, inactivityMs: 15_000 };
const MAX_ERROR_BYTES = 64 * 1024;
const KINDS: Readonly<Record<number, ErrorKind>> = {
  401: 'failed-precondition',
  403: 'failed-precondition',
  404: 'not-found',
  429: 'unavailable',
  500: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

export class S3ObjectSource implements ObjectSource {
  readonly #options: S3ObjectSourceOptions;
  readonly #http = new HttpClient(TIMEOUTS);

  constructor(options: S3ObjectSourceOptions) {
    this.#options = options;
  }

  async get(query: ObjectQuery, { dialer, signal }: ObjectAccess): Promise<Buffer> {
    const { endpoint, sign } = this.#options;
    const base = endpoint.pathname.replace(/\/$/, '');
    const path = `${base}/${encodePath(query.bucket)}/${encodePath(query.key)}`;
    const response = await this.#http.send({
      method: 'GET',
      url: new URL(path, endpoint),
      headers: await sign({ host: endpoint.host, path, region: query.region }),
      dialer: this.#dialer(dialer),
      firstByteMs: TIMEOUTS.firstByteMs,
      signal,
    });
    if (response.status !== 200) throw await refusal(response);
    return response.read(query.maxBytes);
  }

  #dialer(dialer: Dialer): Dialer {
    const { through } = this.#options;
    if (through === undefined) return dialer;
    return { connect: (_target, signal) => dialer.connect(through, signal) };
  }
}

/** RFC 3986, slashes kept. */
function encodePath(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/');
}

/** S3 says why in XML: `<Code>` and `<Message>`. */
async function refusal(response: HttpResponse): Promise<AppError> {
  const body = await response.read(MAX_ERROR_BYTES).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  );
  const element = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]{1,500})</${name}>`).exec(body)?.[1];
  const code = element('Code') ?? `HTTP status ${response.status}`;
  const message = element('Message');
  const kind = KINDS[response.status] ?? 'invalid';
  return new AppError(kind, message === undefined ? code : `${code}: ${message}`, {
    details: { status: response.status },
  });
}
