/** An S3 service in this process that checks signatures, for GET by path. Loopback only. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { SignatureVerifier } from '../../../src/wire/sigv4/verify.ts';
import { ApiError } from '../../../src/domain/errors.ts';

export const S3_KEYS = { accessKeyId: 'AKIAS3TEST', secretAccessKey: 'the-secret-of-the-fake-s3' };

export class FakeS3 {
  /** `bucket/key` of each request. */
  readonly requests: string[] = [];
  readonly #objects: Map<string, string>;
  readonly #server: Server;
  readonly #verifier = new SignatureVerifier({
    credentials: {
      lookup: (accessKeyId) =>
        accessKeyId === S3_KEYS.accessKeyId
          ? { account: '', principalArn: '', secretAccessKey: S3_KEYS.secretAccessKey }
          : undefined,
    },
    nowMs: Date.now,
  });

  private constructor(objects: Readonly<Record<string, string>>) {
    this.#objects = new Map(Object.entries(objects));
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(objects: Readonly<Record<string, string>>): Promise<FakeS3> {
    const s3 = new FakeS3(objects);
    s3.#server.listen(0, '127.0.0.1');
    await once(s3.#server, 'listening');
    return s3;
  }

  get url(): URL {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new URL(`http://127.0.0.1:${port}`);
  }

  put(name: string, text: string): void {
    this.#objects.set(name, text);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '/', headers } = request;
    const name = decodeURIComponent(url.slice(1));
    this.requests.push(name);
    try {
      this.#verifier.verify({ method, url, headers, body: Buffer.alloc(0) }, 's3');
    } catch (error) {
      const code = error instanceof ApiError ? error.code : 'InternalError';
      return refuse(
        response,
        403,
        code === 'InvalidSignatureException' ? 'SignatureDoesNotMatch' : 'AccessDenied',
      );
    }
    const object = this.#objects.get(name);
    if (object === undefined) return refuse(response, 404, 'NoSuchKey');
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(object);
  }
}

const MESSAGES: Readonly<Record<string, string>> = {
  NoSuchKey: 'The specified key does not exist.',
  AccessDenied: 'Access Denied',
  SignatureDoesNotMatch: 'The request signature we calculated does not match the signature you provided.',
};

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${MESSAGES[code] ?? ''}</Message></Error>`;
  response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
}
