/** Carries one exchange between a caller and the registry behind, as fast as the slower of the two takes it. */
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ImageRegistry } from '../../../ports/image-registry.ts';
import { API_VERSION } from './answers.ts';

const ASKED: readonly string[] = ['accept', 'content-length', 'content-range', 'content-type', 'range'];
const ANSWERED: readonly string[] = [
  'accept-ranges',
  'content-length',
  'content-range',
  'content-type',
  'docker-content-digest',
  'docker-upload-uuid',
  'etag',
  'location',
  'range',
];

/** Of a caller who is to send more of a body. */
const SILENT_MS = 60_000;

export interface RelayOptions {
  /** Of the registry behind. */
  readonly path: string;
  /** In place of the caller's. */
  readonly headers?: OutgoingHttpHeaders;
  /** Headers of the answer, as the caller is to see them. */
  readonly answer?: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders;
}

/** Resolves when the caller has the whole answer. Rejects before anything is answered, or destroys the answer. */
export async function relay(
  registry: ImageRegistry,
  request: IncomingMessage,
  response: ServerResponse,
  { path, headers = pick(request.headers, ASKED), answer = (found) => found }: RelayOptions,
): Promise<void> {
  const hasBody = ['PATCH', 'PUT', 'POST'].includes(request.method ?? 'GET');
  if (hasBody) endWhenSilent(request);
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  try {
    const method = request.method ?? 'GET';
    const found = await registry.exchange({
      method,
      path,
      headers: hasBody ? headers : without(headers, 'content-length'),
      signal: gone.signal,
      ...(hasBody && { body: request }),
    });
    response.writeHead(found.status, { ...API_VERSION, ...answer(pick(found.headers, ANSWERED)) });
    response.off('close', leave);
    await pipeline(found.body, response);
  } finally {
    response.off('close', leave);
  }
}

/** A body takes as long as it takes, but not one of which nothing comes. */
function endWhenSilent(request: IncomingMessage): void {
  const { socket } = request;
  const { timeout = 0 } = socket;
  socket.setTimeout(SILENT_MS);
  request.once('end', () => socket.setTimeout(timeout));
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

function without(headers: OutgoingHttpHeaders, name: string): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}
