/** A route to another HTTP server: each exchange as it is, the Host header too, since signatures cover it. */
import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { pipeline } from 'node:stream';

/** Between two parties only; they are not passed on. */
const HOP_BY_HOP = ['connection', 'expect', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade'];
const AT_ONCE = 256;
const SILENT_MS = 300_000;

export interface Relay {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends the connections that are kept. */
  close(): void;
}

/** `origin`: scheme, host and port. Where it does not answer, callers read `503` in S3's words. */
export function createRelay(origin: URL): Relay {
  const isSecure = origin.protocol === 'https:';
  const agent = new (isSecure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: AT_ONCE });
  return {
    handle(request, response) {
      const { method, url: path, headers } = request;
      const passed = Object.fromEntries(
        Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)),
      );
      const outgoing = (isSecure ? requestHttps : requestHttp)(
        origin,
        { agent, method, path, headers: passed, timeout: SILENT_MS },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, withoutHops(answer.rawHeaders));
          pipeline(answer, response, () => undefined);
        },
      );
      outgoing.on('timeout', () => outgoing.destroy());
      outgoing.on('error', () => {
        if (response.headersSent) response.destroy();
        else unavailable(response);
      });
      response.once('close', () => outgoing.destroy());
      // A failure of either side ends the other by the handlers above.
      request.pipe(outgoing);
    },
    close: () => agent.destroy(),
  };
}

/** Name, value, name, value …: as they came. */
function withoutHops(rawHeaders: readonly string[]): string[] {
  return rawHeaders.filter(
    (_, index) => !HOP_BY_HOP.includes(rawHeaders[index - (index % 2)]?.toLowerCase() ?? ''),
  );
}

function unavailable(response: ServerResponse): void {
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ServiceUnavailable</Code><Message>Service is unable to handle request.</Message></Error>';
  response.writeHead(503, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
