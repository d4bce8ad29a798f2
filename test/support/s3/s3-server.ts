/**
 * A small S3 on loopback for tests: GetObject by path, with the project's own verifier of signatures. It has one region,
 * as MinIO has, and says so to whoever signs for another.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isApiError } from '../../../src/domain/errors.ts';
import { createCredentialSource } from '../../../src/wire/sigv4/credentials.ts';
import { SignatureVerifier } from '../../../src/wire/sigv4/verify.ts';

export const S3_ACCESS_KEY = { accessKeyId: 'AKIAS3SERVER', secretAccessKey: 'the secret of the S3 server' };

export interface S3ServerOptions {
  readonly buckets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Buckets that anybody may read. */
  readonly open?: readonly string[];
  readonly region?: string;
  /** Answers in place of the server; true when it did. */
  readonly instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface SeenRequest {
  readonly url: string;
  readonly host: string | undefined;
  readonly isSigned: boolean;
}

export interface S3Server {
  readonly url: URL;
  readonly port: number;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

export async function startS3Server(options: S3ServerOptions): Promise<S3Server> {
  const requests: SeenRequest[] = [];
  const verifier = new SignatureVerifier({
    credentials: createCredentialSource([{ ...S3_ACCESS_KEY, account: '000000000000' }]),
    nowMs: Date.now,
  });
  const server = createServer((request, response) => {
    const { url = '', headers } = request;
    requests.push({ url, host: headers.host, isSigned: headers.authorization !== undefined });
    if (options.instead?.(request, response) !== true) answer(request, response, options, verifier);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: new URL(`http://127.0.0.1:${port}`), port, requests, close: () => end(server) };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { buckets, open = [], region = 'eu-west-1' }: S3ServerOptions,
  verifier: SignatureVerifier,
): void {
  const { method = '', url = '', headers } = request;
  const [, bucket = '', ...rest] = url.split('/').map(decodeURIComponent);
  const key = rest.join('/');
  if (headers.authorization === undefined) {
    if (!open.includes(bucket)) return refuse(response, 403, 'AccessDenied', 'Access Denied.');
  } else {
    try {
      const caller = verifier.verify({ method, url, headers, body: Buffer.alloc(0) }, 's3');
      if (caller.region !== region) {
        const words = `The authorization header is malformed; the region is wrong; expecting '${region}'.`;
        return refuse(response, 400, 'AuthorizationHeaderMalformed', words, `<Region>${region}</Region>`);
      }
    } catch (error) {
      const code = isApiError(error, 'InvalidSignatureException')
        ? 'SignatureDoesNotMatch'
        : 'InvalidAccessKeyId';
      return refuse(response, 403, code, 'The signature &amp; the key do not match.');
    }
  }
  const objects = buckets[bucket];
  if (objects === undefined) {
    return refuse(response, 404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  const text = objects[key];
  if (text === undefined) return refuse(response, 404, 'NoSuchKey', 'The specified key does not exist.');
  response.writeHead(200, { 'content-type': 'binary/octet-stream' }).end(text);
}

function refuse(response: ServerResponse, status: number, code: string, message: string, more = ''): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>${more}<RequestId>1</RequestId></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(xml);
}

async function end(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
