/**
 * ECR on a memory store, with a registry in memory: its API asked by AWS's own client without a network between, its
 * registry over HTTP on loopback. A test sees what a client sees.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { ECR, ECRServiceException } from '@aws-sdk/client-ecr';
import type { BuiltImage } from '../../../src/cli/sample-image/image.ts';
import { pushImage } from '../../../src/cli/sample-image/push.ts';
import type { Scope } from '../../../src/domain/arn.ts';
import { MemoryImageRegistry } from '../../../src/drivers/image-registry-memory/memory-image-registry.ts';
import { MemoryStore } from '../../../src/drivers/store-memory/memory-store.ts';
import { randomIds } from '../../../src/drivers/system/random-ids.ts';
import { ManualClock } from '../../../src/ports/testing/manual-clock.ts';
import { RegistryTokens } from '../../../src/services/ecr/authorization/registry-tokens.ts';
import type { EcrDeps } from '../../../src/services/ecr/deps.ts';
import { ImageStore } from '../../../src/services/ecr/images/image-store.ts';
import { LayerUrls } from '../../../src/services/ecr/registry-front/layer-urls.ts';
import { createRegistryFront } from '../../../src/services/ecr/registry-front/registry-front.ts';
import { createEcrService } from '../../../src/services/ecr/service.ts';
import { AwsJsonProtocol } from '../../../src/wire/aws-json/protocol.ts';
import { Dispatcher } from '../../../src/wire/front-door/dispatcher.ts';
import { silentLogger } from '../agent/silent-logger.ts';

export const ECR_SCOPE: Scope = { account: '000000000000', region: 'eu-west-1' };
export const OTHER_ACCOUNT: Scope = { ...ECR_SCOPE, account: '111111111111' };
const SECRET = Buffer.alloc(32, 7);

export const rootOf = ({ account }: Scope): string => `arn:aws:iam::${account}:root`;

export interface Basic {
  readonly username: string;
  readonly password: string;
}

export interface Asked {
  readonly method?: string;
  /** Default: the address of this machine. */
  readonly host?: string;
  readonly auth?: Basic;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of the protocol's first error. */
  readonly code: string | undefined;
  readonly message: string | undefined;
}

/** What of the client's requests the handler reads. */
interface ClientRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export class EcrUnderTest {
  readonly clock = new ManualClock();
  readonly store = new MemoryStore();
  readonly registry = new MemoryImageRegistry();
  readonly tokens = new RegistryTokens(SECRET);
  readonly images: ImageStore;
  /** Of the usual account. */
  readonly client: ECR;
  readonly #deps: EcrDeps;
  #url = '';

  constructor() {
    const { clock, store, registry, tokens } = this;
    this.images = new ImageStore({ store, registry, clock });
    this.#deps = {
      ...{ store, clock, registry, tokens, images: this.images },
      ...{ ids: randomIds, logger: silentLogger, dnsSuffix: 'amazonaws.com' },
      layerUrls: new LayerUrls(SECRET, 'amazonaws.com'),
    };
    this.client = this.clientOf(ECR_SCOPE);
  }

  clientOf(scope: Scope): ECR {
    const dispatcher = new Dispatcher({
      protocols: [new AwsJsonProtocol([createEcrService(this.#deps)])],
      identify: () => ({ ...scope, principalArn: rootOf(scope) }),
      logger: silentLogger,
    });
    const handle = async ({ method, path, headers, body = '' }: ClientRequest) => {
      const request = {
        method,
        url: path,
        headers,
        body: typeof body === 'string' ? Buffer.from(body) : Buffer.concat([body]),
      };
      const answer = await dispatcher.dispatch(request, randomIds.uuid(), () => undefined);
      const response = { statusCode: answer.status, headers: { 'content-type': answer.contentType } };
      return { response: { ...response, body: Readable.from([Buffer.from(answer.body as Uint8Array)]) } };
    };
    return new ECR({
      region: scope.region,
      endpoint: 'http://neargate.invalid',
      credentials: { accessKeyId: 'A', secretAccessKey: 'b' },
      maxAttempts: 1,
      requestHandler: { handle } as never,
    });
  }

  /** Listens with the registry on loopback until the test ends. */
  async serve(t: Pick<TestContext, 'after'>): Promise<void> {
    const { handle } = createRegistryFront(this.#deps, ECR_SCOPE);
    const server = createServer((request, response) => handle(request, response, {}));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.close();
      server.closeAllConnections();
    });
    this.#url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A login as GetAuthorizationToken gives one. */
  async login(scope: Scope = ECR_SCOPE): Promise<Basic> {
    const { authorizationData = [] } = await this.clientOf(scope).getAuthorizationToken({});
    const token = Buffer.from(authorizationData[0]?.authorizationToken ?? '', 'base64').toString();
    const [username = '', password = ''] = token.split(':');
    return { username, password };
  }

  async push(image: BuiltImage, repository: string, tag: string, auth?: Basic): Promise<string> {
    const target = { registryUrl: this.#url, repository, tag, auth: auth ?? (await this.login()) };
    return (await pushImage(image, target)).digest;
  }

  /** One request to the registry. */
  async ask(path: string, { method = 'GET', host, auth, headers = {}, body }: Asked = {}): Promise<Answered> {
    const pair = auth === undefined ? undefined : `${auth.username}:${auth.password}`;
    const sent = sendRequest(`${this.#url}${path}`, {
      method,
      agent: false,
      headers: {
        ...headers,
        ...(host === undefined ? {} : { host }),
        ...(pair === undefined ? {} : { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }),
      },
    });
    const [response] = (await once(sent.end(body), 'response')) as [
      Readable & {
        statusCode: number;
        headers: IncomingHttpHeaders;
      },
    ];
    const text = (await buffer(response)).toString();
    const [error] = text.startsWith('{"errors"')
      ? (JSON.parse(text) as { errors: RegistryError[] }).errors
      : [];
    const { statusCode: status, headers: answered } = response;
    return { status, headers: answered, text, code: error?.code, message: error?.message };
  }
}

interface RegistryError {
  readonly code: string;
  readonly message: string;
}

/** Asserts that a call fails with this exception and text. */
export async function refusesEcr(
  call: Promise<unknown>,
  name: string,
  message: string | RegExp,
): Promise<void> {
  const error: unknown = await call.then(
    () => assert.fail(`nothing was refused; expected ${name}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ECRServiceException, String(error));
  assert.equal(error.name, name, error.message);
  if (typeof message === 'string') assert.equal(error.message, message);
  else assert.match(error.message, message);
  assert.equal(error.$metadata.httpStatusCode, 400);
}
