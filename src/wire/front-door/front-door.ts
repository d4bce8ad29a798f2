/**
 * The HTTP/1.1 server in front of all services: limits and timeouts, the guard against web pages, the health path,
 * further path prefixes of others, and answers. What a request means is the dispatcher's business.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { commonErrorEnvelope } from '../aws-json/exceptions.ts';
import type { Arrival, Authorizer } from '../authorization.ts';
import type { ErrorEnvelope } from '../protocol.ts';
import type { ServiceDefinition } from '../service.ts';
import type { CredentialSource } from '../sigv4/credentials.ts';
import { identifyOpenCaller } from '../sigv4/open-access.ts';
import { SignatureVerifier } from '../sigv4/verify.ts';
import { admits, shortName } from './admission.ts';
import type { ApiThrottle } from './api-throttle.ts';
import { BrowserGuard } from './browser-guard.ts';
import { Dispatcher, type DispatcherOptions, errorAnswer, type FrontDoorLogger } from './dispatcher.ts';
import { isOperationRequest, protocolsOf } from './protocols.ts';
import { BodyBudget, DEFAULT_BODY_LIMIT_BYTES, discardBody, readBody, type Unread } from './request-body.ts';
import { refuseMalformed, send } from './send-answer.ts';

export interface FrontDoorOptions {
  readonly services: readonly ServiceDefinition[];
  readonly credentials: CredentialSource;
  /** Absent: everybody may do everything. */
  readonly authorizer?: Authorizer | undefined;
  /** Absent: everybody may ask as often as he likes. */
  readonly throttle?: ApiThrottle | undefined;
  /** Any key is accepted, also none. For loopback only; the caller sees to that. */
  readonly open: boolean;
  readonly defaultAccount: string;
  readonly defaultRegion: string;
  /** Default 4 MiB. */
  readonly bodyLimitBytes?: number;
  /** Of all requests that are read or answered at a time. Default 256 MiB. */
  readonly allBodiesBytes?: number;
  /** How long a caller may take to send its body. Default a minute. */
  readonly bodyTimeoutMs?: number;
  /** How long a caller may take to send the headers of a request. Default 20 s; looked at each quarter of it. */
  readonly headersTimeoutMs?: number;
  /** Further ones are cut off. Default 16,384. */
  readonly mostConnections?: number;
  readonly clock: { now(): number };
  readonly ids: { uuid(): string };
  readonly logger: FrontDoorLogger;
  /** Told of each answer of a service; must not throw. */
  readonly onAnswered?: DispatcherOptions['onAnswered'];
  /** Host names besides loopback and the listen address; `.suffix` allows all names below it. */
  readonly allowedHosts: readonly string[];
  /** Other things to serve; the first that fits does. The guard has seen the request; nothing else has. */
  readonly routes?: readonly FrontDoorRoute[];
}

export interface FrontDoorRoute {
  /** E.g. `/console/`. */
  readonly pathPrefix: string;
  /** Only for Host headers of which this holds; `admitted` is the one service that the connection is for. */
  readonly host?: (host: string, admitted: string | undefined) => boolean;
  /** AWS's short name of what it is: connections that are for one service reach it if that is theirs. */
  readonly service?: string;
  handle(request: IncomingMessage, response: ServerResponse, arrival: Arrival): void;
}

export interface FrontDoor {
  /** AWS's short names of all that connections can be for. */
  readonly served: readonly string[];
  handler(request: IncomingMessage, response: ServerResponse): void;
  /** Resolves when the address is bound; port 0 takes a free one. */
  listen(host: string, port: number): Promise<{ readonly port: number }>;
  /**
   * Serves a connection that somebody else accepted. With a `service`, AWS's short name, it is one for that service only;
   * such connections come from no browser, so the guard does not look at them.
   */
  acceptSocket(socket: Duplex, arrival?: Arrival): void;
  /** Takes no more requests, gives those in flight `graceMs` (default 1000) to end, then cuts them off. */
  close(graceMs?: number): Promise<void>;
}

const HEALTH_PATH = '/_neargate/health';
const BODY_TIMEOUT_MS = 60_000;
const HEADERS_TIMEOUT_MS = 20_000;
const ALL_BODIES_BYTES = 256 * 1024 * 1024;
/** Of a body that is refused. */
const DISCARD_MS = 1000;
const MOST_CONNECTIONS = 16_384;
/** Without a byte in either direction. */
const INACTIVITY_MS = 300_000;
const SERVER_LIMITS = {
  maxHeaderSize: 32 * 1024,
  // Of requests to the services, `readBody` sees to it; layers of images take as long as they take.
  requestTimeout: 0,
  keepAliveTimeout: 75_000,
  noDelay: true,
} as const;

/** Builds the front door; nothing listens yet. */
export function createFrontDoor(options: FrontDoorOptions): FrontDoor {
  return new HttpFrontDoor(options);
}

function directArrival({ socket }: IncomingMessage): Arrival {
  const { remoteAddress } = socket;
  return remoteAddress === undefined ? {} : { sourceIp: remoteAddress.replace(/^::ffff:/, '') };
}

class HttpFrontDoor implements FrontDoor {
  readonly served: readonly string[];
  readonly #options: FrontDoorOptions;
  readonly #dispatcher: Dispatcher;
  readonly #server: Server;
  readonly #bodyLimitBytes: number;
  readonly #bodies: BodyBudget;
  readonly #closing = new AbortController();
  readonly #accepted = new Set<Duplex>();
  readonly #arrivals = new WeakMap<Duplex, Arrival>();
  #guard: BrowserGuard;
  #isClosing = false;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    this.#bodyLimitBytes = options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES;
    this.#bodies = new BodyBudget(options.allBodiesBytes ?? ALL_BODIES_BYTES);
    this.#guard = new BrowserGuard(options.allowedHosts);
    const routed = (options.routes ?? []).flatMap(({ service }) => service ?? []);
    this.served = [...new Set([...options.services.map(({ name }) => shortName(name)), ...routed])];
    const verifier = new SignatureVerifier({
      credentials: options.credentials,
      nowMs: () => options.clock.now(),
    });
    this.#dispatcher = new Dispatcher({
      protocols: protocolsOf(options.services),
      identify: options.open
        ? (request) => identifyOpenCaller(request, options)
        : (request, service) => verifier.verify(request, service),
      authorizer: options.authorizer,
      throttle: options.throttle,
      logger: options.logger,
      bodyLimitBytes: this.#bodyLimitBytes,
      onAnswered: options.onAnswered,
    });
    const { headersTimeoutMs: headersTimeout = HEADERS_TIMEOUT_MS } = options;
    const limits = { ...SERVER_LIMITS, headersTimeout, connectionsCheckingInterval: headersTimeout / 4 };
    this.#server = createServer(limits, (request, response) => this.handler(request, response));
    this.#server.timeout = INACTIVITY_MS;
    this.#server.maxConnections = options.mostConnections ?? MOST_CONNECTIONS;
    this.#server.on('clientError', refuseMalformed);
  }

  handler(request: IncomingMessage, response: ServerResponse): void {
    const requestId = this.#options.ids.uuid();
    if (this.#isClosing) response.shouldKeepAlive = false;
    this.#handle(request, response, requestId).catch((error: unknown) => {
      // The caller is gone, or the answer could not be written: there is nobody to tell.
      this.#options.logger.debug('a request ended early', { requestId, error });
      response.destroy();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    const arrival = this.#arrivals.get(request.socket) ?? directArrival(request);
    const admitted = arrival.service;
    const refusal = admitted === undefined ? this.#guard.refusal(request.headers) : undefined;
    if (refusal !== undefined) {
      request.resume();
      send(response, errorAnswer(commonErrorEnvelope('AccessDeniedException', refusal, 403)), requestId);
      return;
    }
    const url = request.url ?? '/';
    if (url !== '/' || request.method !== 'POST' || !this.#hasOperations(admitted)) {
      if (this.#serveOtherPath(request, response, arrival)) return;
      if (!isOperationRequest(request, this.#options.services)) {
        request.resume();
        send(response, errorAnswer(UNKNOWN_PATH), requestId);
        return;
      }
    }
    const { bodyTimeoutMs = BODY_TIMEOUT_MS } = this.#options;
    const body = await readBody(request, this.#bodyLimitBytes, bodyTimeoutMs, this.#bodies);
    if (typeof body === 'string') {
      if (body === 'too-late' || !(await discardBody(request, DISCARD_MS))) response.shouldKeepAlive = false;
      send(response, errorAnswer(UNREAD[body]), requestId);
      return;
    }
    try {
      const { method = '', headers, rawHeaders } = request;
      const answer = await this.#dispatcher.dispatch(
        { method, url, headers, rawHeaders, body },
        requestId,
        (ended) => this.#watchEnd(response, ended),
        arrival,
      );
      send(response, answer, requestId);
    } finally {
      this.#bodies.release(body.length);
    }
  }

  #serveOtherPath(request: IncomingMessage, response: ServerResponse, arrival: Arrival): boolean {
    const { url = '/' } = request;
    const { service: admitted } = arrival;
    if (url === HEALTH_PATH && request.method === 'GET') {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"ok"}');
      return true;
    }
    const host = request.headers.host ?? '';
    const route = this.#options.routes?.find(
      ({ pathPrefix, host: isFor = () => true, service }) =>
        url.startsWith(pathPrefix) && isFor(host, admitted) && admits(admitted, service),
    );
    route?.handle(request, response, arrival);
    return route !== undefined;
  }

  /** A connection may be for something that is no API: all of its paths are others'. */
  #hasOperations(admitted: string | undefined): boolean {
    return this.#options.services.some(({ name }) => admits(admitted, name));
  }

  #watchEnd(response: ServerResponse, ended: () => void): void {
    const { signal } = this.#closing;
    if (signal.aborted || response.destroyed) {
      ended();
      return;
    }
    const stop = (): void => {
      signal.removeEventListener('abort', stop);
      if (!response.writableFinished) ended();
    };
    signal.addEventListener('abort', stop);
    response.once('close', stop);
  }

  listen(host: string, port: number): Promise<{ readonly port: number }> {
    this.#guard = new BrowserGuard([...this.#options.allowedHosts, host]);
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#options.logger.error('the listener failed', { error }));
        resolve({ port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  acceptSocket(socket: Duplex, arrival: Arrival = {}): void {
    this.#accepted.add(socket);
    this.#arrivals.set(socket, arrival);
    socket.once('close', () => this.#accepted.delete(socket));
    this.#server.emit('connection', socket);
  }

  async close(graceMs = 1000): Promise<void> {
    this.#isClosing = true;
    const listenerClosed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const acceptedClosed = [...this.#accepted].map((socket) => once(socket, 'close'));
    const timer = setTimeout(() => {
      this.#closing.abort();
      this.#server.closeAllConnections();
    }, graceMs);
    await Promise.all([listenerClosed, ...acceptedClosed]);
    clearTimeout(timer);
    this.#closing.abort();
  }
}

const UNKNOWN_PATH = commonErrorEnvelope(
  'UnknownOperationException',
  'The action or operation requested is not valid. Verify that the action is typed correctly.',
  404,
);

/** What is said to requests whose bodies were not read. SDKs repeat those for which there was no room. */
const UNREAD: Readonly<Record<Unread, ErrorEnvelope>> = {
  'too-large': commonErrorEnvelope(
    'RequestEntityTooLargeException',
    'The request entity is larger than this service accepts.',
  ),
  'too-late': commonErrorEnvelope('RequestTimeoutException', 'The request took too long.', 408),
  'too-busy': commonErrorEnvelope('ServiceUnavailable', 'Service is unable to handle request.'),
};
