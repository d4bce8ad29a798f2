/** Options of an SDK's client whose requests go to a dispatcher, without a network: a test sees what a client sees. */
import { Readable } from 'node:stream';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import type { Arrival } from '../../../src/wire/authorization.ts';
import type { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import { uriEncode } from '../../../src/wire/sigv4/canonical-request.ts';

/** What of the client's requests is read. */
interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export function dispatched(dispatcher: Dispatcher, region = 'eu-west-1', arrival: Arrival = {}) {
  const handle = async (request: ClientRequest) => {
    const { method, headers, body } = request;
    const wire = { method, url: urlOf(request), headers, body: bytesOf(body) };
    const answer = await dispatcher.dispatch(wire, randomIds.uuid(), () => undefined, arrival);
    const errorType = answer.errorCode === undefined ? {} : { 'x-amzn-errortype': answer.errorCode };
    const response = {
      statusCode: answer.status,
      headers: { 'content-type': answer.contentType, ...errorType, ...answer.headers },
    };
    return { response: { ...response, body: Readable.from([Buffer.from(answer.body as Uint8Array)]) } };
  };
  return {
    region,
    endpoint: 'http://neargate.invalid',
    credentials: { accessKeyId: 'A', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: { handle } as never,
  };
}

function urlOf({ path, query = {} }: ClientRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map((each) => `${uriEncode(name)}=${uriEncode(each)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

function bytesOf(body: unknown): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  return body instanceof Uint8Array
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    : Buffer.alloc(0);
}
