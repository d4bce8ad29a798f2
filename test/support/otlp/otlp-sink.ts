/** A small receiver of OTLP over HTTP that keeps what it got, and answers as the test says. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

type Attributes = Readonly<Record<string, string>>;

export interface SunkPoint {
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly kind: 'gauge' | 'sum' | 'histogram';
  readonly unit: string;
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
}

export interface SunkRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** By the name of the metric. */
  readonly points: ReadonlyMap<string, readonly SunkPoint[]>;
}

interface Pair {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}
type DataPoint = Omit<SunkPoint, 'resource' | 'attributes' | 'kind' | 'unit'> & {
  readonly attributes: Pair[];
};
interface Sent {
  readonly resourceMetrics: {
    readonly resource: { readonly attributes: Pair[] };
    readonly scopeMetrics: {
      readonly metrics: ({ readonly name: string; readonly unit: string } & {
        readonly [K in SunkPoint['kind']]?: { readonly dataPoints: DataPoint[] };
      })[];
    }[];
  }[];
}

export interface SinkAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class OtlpSink {
  readonly requests: SunkRequest[] = [];
  /** How the next requests are answered, in turn; then with 200. */
  readonly answers: SinkAnswer[] = [];
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => {
      void buffer(request).then((body) => {
        const sent = JSON.parse(gunzipSync(body).toString()) as Sent;
        const { url = '', headers } = request;
        this.requests.push({ path: url, headers, points: pointsOf(sent) });
        const { status = 200, headers: more = {}, body: said = '{}' } = this.answers.shift() ?? {};
        response.writeHead(status, { 'content-type': 'application/json', ...more }).end(said);
        for (const wake of this.#waiting.splice(0)) wake();
      });
    });
  }

  static async start(): Promise<OtlpSink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OtlpSink(server);
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves with the first request, of those that came and that come, that is as wanted. */
  async until(holds: (request: SunkRequest) => boolean): Promise<SunkRequest> {
    for (;;) {
      const found = this.requests.find(holds);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

function pointsOf({ resourceMetrics }: Sent): Map<string, SunkPoint[]> {
  const found = new Map<string, SunkPoint[]>();
  for (const { resource, scopeMetrics } of resourceMetrics) {
    for (const { name, unit, ...data } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      for (const kind of ['gauge', 'sum', 'histogram'] as const) {
        for (const point of data[kind]?.dataPoints ?? []) {
          const own = { resource: plain(resource.attributes), attributes: plain(point.attributes) };
          found.set(name, [...(found.get(name) ?? []), { ...point, ...own, kind, unit }]);
        }
      }
    }
  }
  return found;
}

function plain(pairs: readonly Pair[]): Attributes {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value.stringValue]));
}
