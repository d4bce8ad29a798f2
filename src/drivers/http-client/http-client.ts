/**
 * One HTTP request over a connection that the given dialer opened, so that it leaves through a task's own network.
 * Connections are kept for the requests that follow and closed soon after. Every wait has a limit. Redirects and
 * authorization are for others; proxy variables of the environment are not used.
 */
import {
  Agent,
  type ClientRequestArgs,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';
import type { Socket } from 'node:net';
import { connect as tlsConnect, rootCertificates } from 'node:tls';
import { AppError } from '../../domain/errors.ts';
import type { Dialer } from '../../ports/dialer.ts';
import { withoutQuery } from './shown-address.ts';
import { transportError } from './transport-error.ts';

export interface HttpTimeouts {
  /** TCP and TLS. */
  readonly connectMs: number;
  /** From the request to the answer's head, for manifests and tokens. */
  readonly headMs: number;
  /** The same for blobs: a registry may have to fetch them from elsewhere first. */
  readonly firstByteMs: number;
  /** Between two pieces of a body. */
  readonly inactivityMs: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly dialer: Dialer;
  readonly firstByteMs: number;
  readonly ca?: string;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
  /** The body in pieces. Leaving the loop early closes the connection. */
  body(): AsyncGenerator<Uint8Array>;
  /** The whole body, which may be at most `maxBytes` long. */
  read(maxBytes: number): Promise<Buffer>;
}

/** How long an idle connection is kept: each holds its task's network namespace. */
const IDLE_MS = 2000;

interface ConnectOptions extends ClientRequestArgs {
  target?: { host: string; port: number; tls: boolean; ca: string | undefined; url: string };
}
type Connected = (error: Error | null, socket: Socket) => void;

/** Node's connection pool over a dialer. */
class DialerAgent extends Agent {
  readonly #dialer: Dialer;
  readonly #connectMs: number;

  constructor(dialer: Dialer, connectMs: number) {
    super({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 8 });
    this.#dialer = dialer;
    this.#connectMs = connectMs;
  }

  override getName(options: ConnectOptions): string {
    const { target } = options;
    return `${target?.tls === true ? 'https' : 'http'}:${target?.host}:${target?.port}:${target?.ca ?? ''}`;
  }

  override createConnection(options: ConnectOptions, connected?: Connected): undefined {
    this.#connect(options).then(
      (socket) => connected?.(null, socket),
      (error: unknown) => (connected as ((error: unknown) => void) | undefined)?.(error),
    );
    return undefined;
  }

  async #connect(options: ConnectOptions): Promise<Socket> {
    const target = options.target as NonNullable<ConnectOptions['target']>;
    const request = options.signal;
    // A signal of our own, so that nothing that fires later touches the connection.
    const connecting = new AbortController();
    const abort = (): void => connecting.abort(request?.reason);
    const timer = setTimeout(() => connecting.abort(), this.#connectMs);
    request?.addEventListener('abort', abort, { once: true });
    try {
      const { signal } = connecting;
      const socket = await this.#dialer.connect({ host: target.host, port: target.port }, signal);
      return target.tls ? await secured(socket, target.host, target.ca, signal) : socket;
    } catch (error) {
      throw transportError(error, {
        phase: 'connect',
        url: target.url,
        host: target.host,
        port: target.port,
        timedOut: connecting.signal.aborted && request?.aborted !== true,
      });
    } finally {
      clearTimeout(timer);
      request?.removeEventListener('abort', abort);
    }
  }
}

export class HttpClient {
  readonly #agents = new WeakMap<Dialer, DialerAgent>();
  readonly #timeouts: HttpTimeouts;

  constructor(timeouts: HttpTimeouts) {
    this.#timeouts = timeouts;
  }

  /** Resolves with the answer's head, whatever its status; rejects with `unavailable`, `deadline`, `aborted`, `invalid`. */
  async send(options: HttpRequest): Promise<HttpResponse> {
    const { url, signal } = options;
    const late = new AbortController();
    const both = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
    const timer = setTimeout(() => late.abort(), options.firstByteMs + this.#timeouts.connectMs);
    try {
      both.throwIfAborted();
      const message = await this.#head(options, both);
      return this.#response(message, options);
    } catch (error) {
      const timedOut = late.signal.aborted && signal?.aborted !== true;
      throw transportError(error, { phase: 'request', url: withoutQuery(url), timedOut });
    } finally {
      clearTimeout(timer);
    }
  }

  #head(options: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { url } = options;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const tls = url.protocol === 'https:';
    const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port);
    const args: ConnectOptions = {
      method: options.method,
      host,
      port,
      path: `${url.pathname}${url.search}`,
      headers: { ...options.headers, host: url.host },
      agent: this.#agentFor(options.dialer),
      signal,
      target: { host, port, tls, ca: options.ca, url: withoutQuery(url) },
    };
    return exchange(args).catch((error: unknown) => {
      // The other side may close a kept connection just as it is used again; GET and HEAD may be repeated.
      if (error instanceof ReusedSocketError) return exchange(args);
      throw error;
    });
  }

  #response(message: IncomingMessage, options: HttpRequest): HttpResponse {
    const url = withoutQuery(options.url);
    const pieces = (): AsyncGenerator<Uint8Array> =>
      readBody(message, { url, inactivityMs: this.#timeouts.inactivityMs, signal: options.signal });
    return {
      status: message.statusCode ?? 0,
      statusText: message.statusMessage ?? '',
      headers: message.headers,
      body: pieces,
      read: (maxBytes) => readAll(pieces(), maxBytes, url),
    };
  }

  #agentFor(dialer: Dialer): DialerAgent {
    const known = this.#agents.get(dialer);
    if (known !== undefined) return known;
    const agent = new DialerAgent(dialer, this.#timeouts.connectMs);
    this.#agents.set(dialer, agent);
    return agent;
  }
}

class ReusedSocketError extends Error {}

function exchange(args: ConnectOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(args);
    sent.on('response', (message) => {
      if (args.method === 'HEAD') message.resume();
      resolve(message);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new ReusedSocketError('stale connection', { cause: error }) : error);
    });
    sent.end();
  });
}

/** TLS over a connected socket, the certificate checked against the host's name. */
function secured(socket: Socket, host: string, ca: string | undefined, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const isName = /[a-z]/i.test(host) && !host.includes(':');
    const secure = tlsConnect({
      socket,
      host,
      ALPNProtocols: ['http/1.1'],
      ...(isName ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    });
    const abort = (): void => void secure.destroy(signal.reason as Error);
    const settle = (): void => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    secure.once('secureConnect', () => {
      settle();
      secure.off('error', reject);
      resolve(secure);
    });
    secure.once('error', reject).once('close', settle);
  });
}

interface BodyOptions {
  readonly url: string;
  readonly inactivityMs: number;
  readonly signal: AbortSignal | undefined;
}

async function* readBody(message: IncomingMessage, options: BodyOptions): AsyncGenerator<Uint8Array> {
  let waiting = true;
  let stalled = false;
  const timer = setInterval(() => {
    if (!waiting) return;
    stalled = true;
    message.destroy(new Error('inactivity'));
  }, options.inactivityMs);
  const abort = (): void => void message.destroy(new Error('aborted'));
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    options.signal?.throwIfAborted();
    for await (const piece of message) {
      waiting = false;
      yield piece as Uint8Array;
      waiting = true;
      timer.refresh();
    }
  } catch (error) {
    const cause = options.signal?.aborted === true ? options.signal.reason : error;
    throw transportError(cause, { phase: 'body', url: options.url, timedOut: stalled });
  } finally {
    clearInterval(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

async function readAll(body: AsyncIterable<Uint8Array>, maxBytes: number, url: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > maxBytes) {
      throw new AppError('invalid', `the answer is longer than ${maxBytes} bytes`, { details: { url } });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
