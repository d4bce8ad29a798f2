/** The S3-style host that tasks download layers from: whoever has a signed address may read that layer. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EcrDeps } from '../deps.ts';
import { relay } from './relay.ts';

export async function serveLayer(
  { registry, layerUrls, clock }: Pick<EcrDeps, 'registry' | 'layerUrls' | 'clock'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerXml(
      response,
      405,
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
    );
    return;
  }
  const layer = layerUrls.read(request.url ?? '/', clock.now());
  if (layer === undefined || layer.isExpired) {
    const message = layer === undefined ? 'Access Denied' : 'Request has expired';
    answerXml(response, 403, 'AccessDenied', message);
    return;
  }
  await relay(registry, request, response, { path: `/v2/${layer.place}/blobs/${layer.digest}` });
}

function answerXml(response: ServerResponse, status: number, code: string, message: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
