/**
 * A registry in this process that does as it is told: serves images, and refuses, hangs, breaks off, redirects or asks
 * for authorization where a test says so. Loopback only.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { BuiltImage } from '../../../src/cli/sample-image/image.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
  readonly host: string | undefined;
}

/** What happens instead of the usual answer. */
export type Behaviour =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** Never answers. */
  | 'hang'
  /** Closes the connection without an answer. */
  | 'drop'
  /** Sends so many bytes of the body, then closes the connection. */
  | { readonly cutAfter: number }
  /** Sends so many bytes of the body, then nothing more. */
  | { readonly stallAfter: number }
  /** Sends the usual answer once the promise has resolved. */
  | { readonly after: Promise<void> }
  /** Sends the usual answer with these headers left out. */
  | { readonly without: readonly string[] };

export interface Rule {
  /** Matches `METHOD /path`. */
  readonly when: RegExp;
  readonly answer: Behaviour;
  /** How often it applies; for ever when left out. */
  readonly times?: number;
}

export interface FakeRegistryOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Requests below /v2/ need this user: by password, or by a token of `/token`. */
  readonly auth?: {
    readonly scheme: 'basic' | 'bearer';
    readonly username: string;
    readonly password: string;
  };
  /** Tokens without a user, as public registries give them. */
  readonly anonymousTokens?: boolean;
  readonly tokenLifeSeconds?: number;
  /** Ignores Range headers. */
  readonly noRanges?: boolean;
}

const TOKEN = 'token-of-the-fake-registry';

export class FakeRegistry {
  readonly requests: SeenRequest[] = [];
  readonly #options: FakeRegistryOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #blobs = new Map<string, Buffer>();
  readonly #manifests = new Map<string, { mediaType: string; digest: string; bytes: Buffer }>();
  #rules: { when: RegExp; answer: Behaviour; left: number }[] = [];

  private constructor(options: FakeRegistryOptions) {
    this.#options = options;
    const listener: RequestListener = (request, response) => this.#handle(request, response);
    this.#server =
      options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: FakeRegistryOptions = {}): Promise<FakeRegistry> {
    const registry = new FakeRegistry(options);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** `127.0.0.1:<port>`. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Serves an image as `repository:tag`; its reference is answered. */
  add(image: BuiltImage, repository = 'app', tag = 'latest'): string {
    for (const blob of image.blobs) this.#blobs.set(`${repository}/${blob.descriptor.digest}`, blob.bytes);
    for (const manifest of [...image.manifests, image.root]) {
      const { mediaType, digest } = manifest.descriptor;
      this.#manifests.set(`${repository}/${digest}`, { mediaType, digest, bytes: manifest.bytes });
    }
    const { mediaType, digest } = image.root.descriptor;
    this.#manifests.set(`${repository}/${tag}`, { mediaType, digest, bytes: image.root.bytes });
    return `${this.host}/${repository}:${tag}`;
  }

  /** The newest rule that matches is obeyed. */
  rule(rule: Rule): void {
    this.#rules = [{ when: rule.when, answer: rule.answer, left: rule.times ?? Infinity }, ...this.#rules];
  }

  count(pattern: RegExp): number {
    return this.requests.filter((each) => pattern.test(`${each.method} ${each.path}`)).length;
  }

  /** Closes idle connections, as a registry does that restarts. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.dropConnections();
    await closed;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = 'GET', url: path = '/' } = request;
    const { authorization, range, host } = request.headers;
    this.requests.push({ method, path, authorization, range, host });
    const rule = this.#rules.find((each) => each.left > 0 && each.when.test(`${method} ${path}`));
    if (rule !== undefined) rule.left -= 1;
    const behaviour = rule?.answer;
    if (behaviour === 'hang') return;
    if (behaviour === 'drop') return void request.socket.destroy();
    if (behaviour !== undefined && 'status' in behaviour) {
      const { body = '' } = behaviour;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(behaviour.status, behaviour.headers).end(text);
      return;
    }
    if (behaviour !== undefined && 'after' in behaviour) {
      void behaviour.after.then(() => this.#content(request, response, undefined));
      return;
    }
    if (path.startsWith('/token')) return this.#token(request, response);
    if (!this.#isAllowed(authorization)) return this.#challenge(response, authorization);
    this.#content(request, response, behaviour);
  }

  #content(
    request: IncomingMessage,
    response: ServerResponse,
    behaviour: Exclude<Behaviour, 'hang' | 'drop' | { status: number }> | undefined,
  ): void {
    const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/?]+)(?:\?|$)/.exec(request.url ?? '');
    const key = `${match?.[1]}/${match?.[3]}`;
    const manifest = match?.[2] === 'manifests' ? this.#manifests.get(key) : undefined;
    const bytes = manifest?.bytes ?? (match?.[2] === 'blobs' ? this.#blobs.get(key) : undefined);
    if (bytes === undefined) {
      const code = match?.[2] === 'blobs' ? 'BLOB_UNKNOWN' : 'MANIFEST_UNKNOWN';
      response.writeHead(404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replace('_', ' ') }] }));
      return;
    }
    const start =
      this.#options.noRanges === true
        ? 0
        : Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = bytes.subarray(start);
    const headers: Record<string, string> = {
      'content-type': manifest?.mediaType ?? 'application/octet-stream',
      'content-length': String(part.length),
      ...(manifest === undefined ? {} : { 'docker-content-digest': manifest.digest }),
      ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    };
    if (behaviour !== undefined && 'without' in behaviour) {
      for (const name of behaviour.without) delete headers[name];
    }
    response.writeHead(start > 0 ? 206 : 200, headers);
    if (request.method === 'HEAD') return void response.end();
    if (behaviour !== undefined && 'cutAfter' in behaviour) {
      response.write(part.subarray(0, behaviour.cutAfter), () => request.socket.destroy());
    } else if (behaviour !== undefined && 'stallAfter' in behaviour) {
      response.write(part.subarray(0, behaviour.stallAfter));
    } else response.end(part);
  }

  #token(request: IncomingMessage, response: ServerResponse): void {
    const { auth, anonymousTokens, tokenLifeSeconds } = this.#options;
    const sent = request.headers.authorization;
    const isUser = auth !== undefined && sent === basic(auth);
    if (!isUser && !(anonymousTokens === true && sent === undefined)) {
      response.writeHead(401).end('{}');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token: TOKEN, expires_in: tokenLifeSeconds ?? 300 }));
  }

  #isAllowed(authorization: string | undefined): boolean {
    const { auth, anonymousTokens } = this.#options;
    if (auth === undefined && anonymousTokens !== true) return true;
    if (auth?.scheme === 'basic') return authorization === basic(auth);
    return authorization === `Bearer ${TOKEN}`;
  }

  #challenge(response: ServerResponse, authorization: string | undefined): void {
    const error = authorization === undefined ? '' : ',error="insufficient_scope"';
    const bearer = `Bearer realm="http://${this.host}/token",service="fake, registry",scope="repository:app:pull"${error}`;
    const header = this.#options.auth?.scheme === 'basic' ? 'Basic realm="fake"' : bearer;
    response.writeHead(401, { 'www-authenticate': header, 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }));
  }
}

function basic(auth: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}
