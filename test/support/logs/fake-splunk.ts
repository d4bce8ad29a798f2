/** Splunk's HTTP Event Collector as its documents describe it, with the events that it took. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface SplunkEvent {
  readonly event: unknown;
  readonly time: string;
  readonly host: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
}

export class FakeSplunk {
  readonly token: string;
  readonly events: SplunkEvent[] = [];
  /** Events in each request that was taken. */
  readonly batches: number[] = [];
  /** Says that it is busy as long as it is set. */
  isBusy = false;
  /** What bodies were encoded with. */
  readonly encodings = new Set<string>();
  readonly #server: Server;

  constructor(token: string) {
    this.token = token;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Listens on loopback; resolves with its URL. */
  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves a connection that came somewhere else. */
  take(socket: Duplex): void {
    this.#server.emit('connection', socket);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const say = (status: number, text: string, code: number): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ text, code }));
    };
    const { authorization, 'content-encoding': encoding = 'identity' } = request.headers;
    if (request.url !== '/services/collector/event/1.0') say(404, 'The requested URL was not found', 404);
    else if (this.isBusy) say(503, 'Server is busy', 9);
    else if (authorization === undefined) say(401, 'Token is required', 2);
    else if (authorization !== `Splunk ${this.token}`) say(403, 'Invalid token', 4);
    else if (request.method === 'OPTIONS') say(200, 'Success', 0);
    else {
      const body = Buffer.concat(chunks);
      const events = eventsIn((encoding === 'gzip' ? gunzipSync(body) : body).toString());
      if (events === undefined) return say(400, 'Invalid data format', 6);
      this.encodings.add(encoding);
      this.batches.push(events.length);
      this.events.push(...events);
      say(200, 'Success', 0);
    }
  }
}

/** Objects that stand one behind the other, as the collector takes them; undefined when one has no event. */
function eventsIn(text: string): SplunkEvent[] | undefined {
  try {
    const all = JSON.parse(`[${text.replaceAll('}{"event":', '},{"event":')}]`) as SplunkEvent[];
    return all.some(({ event }) => event === undefined || event === '') ? undefined : all;
  } catch {
    return undefined;
  }
}
