/**
 * The listener of `/metrics`, for Prometheus: asks for all figures at each scrape. It asks nobody who he is, so the address
 * that it listens on decides who may read; web pages are kept away as at the front door.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { MetricGroup } from '../../domain/telemetry/metrics.ts';
import { BrowserGuard } from '../front-door/browser-guard.ts';
import { CONTENT_TYPES, expose, type ExpositionForm } from './exposition.ts';

export interface MetricsServerOptions {
  readonly collect: () => Promise<readonly MetricGroup[]>;
  /** Host names besides loopback and the listen address; `.suffix` allows all names below it. */
  readonly allowedHosts: readonly string[];
  readonly logger: { error(message: string, fields?: Readonly<Record<string, unknown>>): void };
}

const PATH = '/metrics';
const SERVER_LIMITS = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 20_000 } as const;
/** Less is not worth packing. */
const PACKED_FROM_BYTES = 1024;
/** All that ask at the same time get the same figures. */
const MOST_CONNECTIONS = 1024;

const packed = promisify(gzip);

export class MetricsServer {
  readonly #options: MetricsServerOptions;
  readonly #server: Server;
  #guard: BrowserGuard;
  /** Those who ask at the same time get the same. */
  #collecting: Promise<readonly MetricGroup[]> | undefined;

  constructor(options: MetricsServerOptions) {
    this.#options = options;
    this.#guard = new BrowserGuard(options.allowedHosts);
    this.#server = createServer(SERVER_LIMITS, (request, response) => {
      request.resume();
      this.#answer(request, response).catch((error: unknown) => {
        options.logger.error('metrics: a scrape failed', { error });
        if (!response.headersSent) refuse(response, 500, 'The figures could not be collected.');
        else response.destroy();
      });
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
  }

  /** Resolves when the address is bound; port 0 takes a free one. Rejects when it cannot be. */
  listen(host: string, port: number): Promise<{ readonly port: number }> {
    this.#guard = new BrowserGuard([...this.#options.allowedHosts, host]);
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) =>
          this.#options.logger.error('metrics: the listener failed', { error }),
        );
        resolve({ port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  /** Cuts off who is still connected. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#guard.refusal(request.headers);
    if (refusal !== undefined) return refuse(response, 403, refusal);
    if ((request.url ?? '').split('?', 1)[0] !== PATH) {
      return refuse(response, 404, `Metrics are at ${PATH}.`);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return refuse(response, 405, 'Metrics are read by GET.');
    }
    const form = askedForm(request.headers.accept);
    let body = Buffer.from(expose(await this.#collect(), form));
    response.setHeader('Content-Type', CONTENT_TYPES[form]);
    response.setHeader('Vary', 'Accept, Accept-Encoding');
    if (body.length >= PACKED_FROM_BYTES && takesGzip(request.headers['accept-encoding'])) {
      body = await packed(body);
      response.setHeader('Content-Encoding', 'gzip');
    }
    response.setHeader('Content-Length', body.length);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  #collect(): Promise<readonly MetricGroup[]> {
    this.#collecting ??= this.#options.collect().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }
}

function refuse(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${words}\n`);
}

/** OpenMetrics for those who ask for it at least as much as for text; the text format for all others. */
function askedForm(accept = ''): ExpositionForm {
  const openMetrics = wish(accept, (type, parameters) => {
    return (
      type === 'application/openmetrics-text' && ['1.0.0', undefined].includes(parameters.get('version'))
    );
  });
  const text = wish(accept, (type, parameters) => {
    return type === 'text/plain' && ['0.0.4', undefined].includes(parameters.get('version'));
  });
  return openMetrics > 0 && openMetrics >= text ? 'open-metrics' : 'text';
}

function takesGzip(acceptEncoding: string | string[] = ''): boolean {
  return wish(String(acceptEncoding), (coding) => coding === 'gzip') > 0;
}

/** The greatest weight (0 to 1) that a header gives to what fits; 0 when it does not name it. */
function wish(header: string, fits: (name: string, parameters: Map<string, string>) => boolean): number {
  const weights = header.split(',').map((part) => {
    const [name = '', ...rest] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const parameters = new Map(rest.map((piece) => piece.split('=', 2) as [string, string]));
    if (!fits(name, parameters)) return 0;
    const weight = Number(parameters.get('q') ?? 1);
    return weight >= 0 && weight <= 1 ? weight : 0;
  });
  return Math.max(0, ...weights);
}
