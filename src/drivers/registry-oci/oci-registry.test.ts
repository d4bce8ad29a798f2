import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { FakeRegistry, type FakeRegistryOptions } from '../../../test/support/registry/fake-registry.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { anImage } from '../../../test/support/images/oci-image.ts';
import { sha256 } from '../../cli/sample-image/image.ts';
import { AppError, type ErrorKind, hasKind } from '../../domain/errors.ts';
import { parseReference } from '../../domain/oci/reference.ts';
import { testRegistry } from '../../ports/testing/registry-suite.ts';
import { OciRegistry, type OciRegistryOptions } from './oci-registry.ts';

const USER = { username: 'jo', password: 'secret-word' };

testRegistry('OciRegistry against a fake', async () => {
  const server = await FakeRegistry.start();
  return {
    registry: new OciRegistry(),
    context: { dialer: new HostDialer() },
    host: server.host,
    publish: async (repository, tag, { manifest, blobs }) => {
      const wrap = (bytes: Buffer, mediaType: string) => ({
        descriptor: { mediaType, digest: sha256(bytes), size: bytes.length },
        bytes,
      });
      const root = wrap(manifest.bytes, manifest.mediaType);
      const image = { root, manifests: [], blobs: blobs.map((bytes) => wrap(bytes, '')) };
      server.add(image, repository, tag);
      await Promise.resolve();
    },
    close: () => server.close(),
  };
});

interface Scene {
  readonly server: FakeRegistry;
  readonly dialer: HostDialer;
  readonly registry: OciRegistry;
  readonly image: ReturnType<typeof anImage>;
}

async function aScene(
  t: TestContext,
  server: FakeRegistryOptions = {},
  options: OciRegistryOptions = {},
): Promise<Scene> {
  const fake = await FakeRegistry.start(server);
  t.after(() => fake.close());
  const image = anImage();
  fake.add(image);
  const dialer = new HostDialer({ 'registry.test': { host: '127.0.0.1', port: fake.port } });
  return { server: fake, dialer, registry: new OciRegistry(options), image };
}

function fails(kind: ErrorKind, details: Record<string, unknown> = {}): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.kind, kind, error.message);
    for (const [name, value] of Object.entries(details)) assert.deepEqual(error.details[name], value, name);
    const said = `${error.message} ${JSON.stringify(error.details)}`;
    assert.ok(
      !said.includes(USER.password) && !said.includes('Basic ') && !said.includes('Bearer '),
      'no secret',
    );
    return true;
  };
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe('OciRegistry authorization', () => {
  it('fetches a token once and uses it for the requests that follow', async (t) => {
    const { server, registry, dialer, image } = await aScene(t, { anonymousTokens: true });
    const reference = parseReference(`${server.host}/app`);
    await registry.resolve(reference, { dialer });
    await registry.manifest(reference, image.root.descriptor.digest, { dialer });
    assert.equal(server.count(/token/), 1);
    assert.equal(server.count(/v2/), 3, 'only the first request was challenged');
    assert.match(server.requests[1]?.path ?? '', /service=fake%2C\+registry&scope=repository%3Aapp%3Apull$/);
  });

  it('gives the token server the user’s name and password', async (t) => {
    const { server, registry, dialer } = await aScene(t, { auth: { scheme: 'bearer', ...USER } });
    const reference = parseReference(`${server.host}/app`);
    await registry.resolve(reference, { dialer, auth: USER });
    assert.match(server.requests[1]?.path ?? '', /account=jo/);
  });

  it('keeps one user’s token from another with the same name', async (t) => {
    const { server, registry, dialer } = await aScene(t, { auth: { scheme: 'bearer', ...USER } });
    const reference = parseReference(`${server.host}/app`);
    await registry.resolve(reference, { dialer, auth: USER });
    const wrong = registry.resolve(reference, { dialer, auth: { ...USER, password: 'wrong' } });
    await assert.rejects(wrong, fails('not-found', { phase: 'token', status: 401, authenticated: true }));
    await assert.rejects(
      registry.resolve(reference, { dialer }),
      fails('not-found', { authenticated: false }),
    );
  });

  it('answers a basic challenge, and sends the header at once from then on', async (t) => {
    const { server, registry, dialer } = await aScene(t, { auth: { scheme: 'basic', ...USER } });
    const reference = parseReference(`${server.host}/app`);
    await registry.resolve(reference, { dialer, auth: USER });
    await registry.resolve(reference, { dialer, auth: USER });
    assert.equal(server.requests.length, 3);
  });

  it('says not-found with status 401 when a basic registry gets no user', async (t) => {
    const { server, registry, dialer } = await aScene(t, { auth: { scheme: 'basic', ...USER } });
    const reference = parseReference(`${server.host}/app`);
    await assert.rejects(registry.resolve(reference, { dialer }), fails('not-found', { status: 401 }));
  });

  it('fetches a new token when the registry refuses the old one', async (t) => {
    const { server, registry, dialer } = await aScene(t, { anonymousTokens: true });
    const reference = parseReference(`${server.host}/app`);
    await registry.resolve(reference, { dialer });
    const challenge = `Bearer realm="http://${server.host}/token",service="fake"`;
    server.rule({
      when: /v2/,
      answer: { status: 401, headers: { 'www-authenticate': challenge } },
      times: 1,
    });
    await registry.resolve(reference, { dialer });
    assert.equal(server.count(/token/), 2);
  });

  for (const [name, answer] of [
    ['access_token', { access_token: 'token-of-the-fake-registry', expires_in: 300 }],
    ['a token without its life', { token: 'token-of-the-fake-registry' }],
  ] as const) {
    it(`takes a token server’s ${name}`, async (t) => {
      const { server, registry, dialer } = await aScene(t, { anonymousTokens: true });
      server.rule({ when: /token/, answer: { status: 200, body: answer } });
      const reference = parseReference(`${server.host}/app`);
      for (let round = 0; round < 2; round += 1) await registry.resolve(reference, { dialer });
      assert.equal(server.count(/token/), 1);
    });
  }

  it('takes the bearer challenge where there are several', async (t) => {
    const { server, registry, dialer } = await aScene(t, { auth: { scheme: 'bearer', ...USER } });
    const challenge = `Basic realm="x", Bearer realm="http://${server.host}/token",service="s"`;
    server.rule({
      when: /HEAD/,
      answer: { status: 401, headers: { 'www-authenticate': challenge } },
      times: 1,
    });
    await registry.resolve(parseReference(`${server.host}/app`), { dialer, auth: USER });
    assert.equal(server.count(/token\?service=s&scope=repository%3Aapp%3Apull&account=jo/), 1);
  });

  it('says what the challenge said when the token is refused', async (t) => {
    const { server, registry, dialer } = await aScene(t, { anonymousTokens: true });
    const challenge = `Bearer realm="http://${server.host}/token",error="insufficient_scope"`;
    server.rule({ when: /v2/, answer: { status: 401, headers: { 'www-authenticate': challenge } } });
    const reference = parseReference(`${server.host}/app`);
    const expected = { status: 401, challengeError: 'insufficient_scope' };
    await assert.rejects(registry.resolve(reference, { dialer }), fails('not-found', expected));
  });

  it('asks no token server on the machine itself for a registry elsewhere', async (t) => {
    const { server, registry, dialer } = await aScene(
      t,
      { anonymousTokens: true },
      { insecureRegistries: ['registry.test'] },
    );
    const reference = parseReference('registry.test/app');
    await assert.rejects(registry.resolve(reference, { dialer, auth: USER }), fails('invalid'));
    assert.equal(server.count(/token/), 0);
  });
});

describe('OciRegistry redirects', () => {
  it('follows them through the same dialer, without the authorization', async (t) => {
    const { server, registry, dialer, image } = await aScene(t, { auth: { scheme: 'basic', ...USER } });
    const other = await FakeRegistry.start();
    t.after(() => other.close());
    other.add(image);
    const { descriptor, bytes } = image.blobs[0] as (typeof image.blobs)[0];
    const location = `http://${other.host}/v2/app/blobs/${descriptor.digest}?X-Amz-Signature=abc`;
    other.rule({
      when: /X-Amz-Signature=abc/,
      answer: { status: 200, body: bytes.toString('latin1') },
      times: 0,
    });
    server.rule({ when: /blobs/, answer: { status: 307, headers: { location } } });
    const reference = parseReference(`${server.host}/app`);
    await registry.resolve(reference, { dialer, auth: USER });
    const stream = registry.blob(reference, descriptor.digest, 0, { dialer, auth: USER });
    await collect(stream).catch(() => undefined);
    assert.equal(other.requests.length, 1);
    assert.equal(other.requests[0]?.authorization, undefined);
    assert.deepEqual(dialer.dialled.at(-1), { host: '127.0.0.1', port: other.port });
  });

  it('does not show the query of the other address in errors', async (t) => {
    const { server, registry, dialer } = await aScene(t);
    const location = 'http://127.0.0.1:1/layer?X-Amz-Signature=abc';
    server.rule({ when: /HEAD/, answer: { status: 307, headers: { location } } });
    const failure = registry.resolve(parseReference(`${server.host}/app`), { dialer });
    await assert.rejects(failure, fails('unavailable', { url: 'http://127.0.0.1:1/layer' }));
  });

  it('gives up when they do not end', async (t) => {
    const { server, registry, dialer } = await aScene(t);
    server.rule({ when: /HEAD/, answer: { status: 302, headers: { location: '/v2/again' } } });
    await assert.rejects(
      registry.resolve(parseReference(`${server.host}/app`), { dialer }),
      fails('invalid'),
    );
    assert.equal(server.requests.length, 6);
  });

  it('are not followed to the machine itself from a registry elsewhere', async (t) => {
    const { server, registry, dialer } = await aScene(t, {}, { insecureRegistries: ['registry.test'] });
    server.rule({ when: /HEAD/, answer: { status: 307, headers: { location: 'http://localhost:4580/' } } });
    await assert.rejects(registry.resolve(parseReference('registry.test/app'), { dialer }), fails('invalid'));
    assert.equal(dialer.dialled.length, 1);
  });
});

describe('OciRegistry failures', () => {
  const refusals: { status: number; kind: ErrorKind }[] = [
    { status: 403, kind: 'not-found' },
    { status: 404, kind: 'not-found' },
    { status: 400, kind: 'invalid' },
    { status: 500, kind: 'unavailable' },
    { status: 503, kind: 'unavailable' },
  ];
  for (const { status, kind } of refusals) {
    it(`says ${kind} for HTTP status ${status}, with the registry’s own words`, async (t) => {
      const { server, registry, dialer, image } = await aScene(t);
      const body = { errors: [{ code: 'SOME_CODE', message: 'some message' }] };
      server.rule({ when: /v2/, answer: { status, body } });
      const { digest } = image.root.descriptor;
      const url = `http://${server.host}/v2/app/manifests/${digest}`;
      const failure = registry.manifest(parseReference(`${server.host}/app`), digest, { dialer });
      await assert.rejects(
        failure,
        fails(kind, { status, url, registryCode: 'SOME_CODE', registryMessage: 'some message' }),
      );
    });
  }

  it('says unavailable with the time to wait when there were too many requests', async (t) => {
    const { server, registry, dialer } = await aScene(t);
    server.rule({ when: /v2/, answer: { status: 429, headers: { 'retry-after': '7' } } });
    const failure = registry.resolve(parseReference(`${server.host}/app`), { dialer });
    await assert.rejects(failure, fails('unavailable', { status: 429, retryAfterMs: 7000 }));
  });

  const limits = { connectMs: 50, headMs: 20, firstByteMs: 60, inactivityMs: 40 };
  it('says deadline when no connection comes about', async (t) => {
    const { registry } = await aScene(t, {}, { timeouts: limits });
    const dialer = new HostDialer({ 'registry.test': 'hang' });
    const failure = registry.resolve(parseReference('registry.test/app'), { dialer });
    await assert.rejects(failure, fails('deadline', { phase: 'connect', port: 443, address: '192.0.2.1' }));
  });

  it('says deadline when no answer comes', async (t) => {
    const { server, registry, dialer } = await aScene(t, {}, { timeouts: limits });
    server.rule({ when: /HEAD/, answer: 'hang' });
    const failure = registry.resolve(parseReference(`${server.host}/app`), { dialer });
    await assert.rejects(failure, fails('deadline', { phase: 'request' }));
  });

  it('says deadline when a body stops coming', async (t) => {
    const { server, registry, dialer, image } = await aScene(t, {}, { timeouts: limits });
    server.rule({ when: /blobs/, answer: { stallAfter: 10 } });
    const { digest } = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    const stream = registry.blob(parseReference(`${server.host}/app`), digest, 0, { dialer });
    await assert.rejects(collect(stream), fails('deadline', { phase: 'body' }));
  });

  it('says unavailable when a body breaks off', async (t) => {
    const { server, registry, dialer, image } = await aScene(t);
    server.rule({ when: /blobs/, answer: { cutAfter: 10 } });
    const { digest } = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    const stream = registry.blob(parseReference(`${server.host}/app`), digest, 0, { dialer });
    await assert.rejects(collect(stream), fails('unavailable', { phase: 'body' }));
  });

  it('says invalid when a manifest is not what its digest says', async (t) => {
    const { server, registry, dialer, image } = await aScene(t);
    server.rule({ when: /manifests/, answer: { status: 200, body: '{}' } });
    const failure = registry.manifest(parseReference(`${server.host}/app`), image.root.descriptor.digest, {
      dialer,
    });
    await assert.rejects(failure, fails('invalid'));
  });

  it('says invalid when a manifest has no end', async (t) => {
    const { server, registry, dialer, image } = await aScene(t);
    server.rule({ when: /manifests/, answer: { status: 200, body: ' '.repeat(9 * 2 ** 20) } });
    const reference = parseReference(`${server.host}/app`);
    const failure = registry.manifest(reference, image.root.descriptor.digest, { dialer });
    await assert.rejects(failure, (error) => {
      return hasKind(error, 'invalid') && error.message === 'the answer is longer than 8388608 bytes';
    });
  });

  it('ends a body at once when the signal fires', async (t) => {
    const { server, registry, dialer, image } = await aScene(t);
    server.rule({ when: /blobs/, answer: { stallAfter: 10 } });
    const { digest } = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    const controller = new AbortController();
    const context = { dialer, signal: controller.signal };
    const stream = registry.blob(parseReference(`${server.host}/app`), digest, 0, context);
    const read = async (): Promise<void> => {
      for await (const piece of stream) {
        assert.equal(piece.length, 10);
        controller.abort();
      }
    };
    await assert.rejects(read(), fails('aborted'));
  });
});

describe('OciRegistry requests', () => {
  it('reads on where a registry knows no ranges', async (t) => {
    const { server, registry, dialer, image } = await aScene(t, { noRanges: true });
    const { descriptor, bytes } = image.blobs[0] as (typeof image.blobs)[0];
    const stream = registry.blob(parseReference(`${server.host}/app`), descriptor.digest, 20, { dialer });
    assert.ok((await collect(stream)).equals(bytes.subarray(20)));
    assert.equal(server.requests[0]?.range, 'bytes=20-');
  });

  it('computes the digest itself where a registry does not say it', async (t) => {
    const { server, registry, dialer, image } = await aScene(t);
    server.rule({ when: /manifests/, answer: { without: ['docker-content-digest'] } });
    const resolved = await registry.resolve(parseReference(`${server.host}/app`), { dialer });
    assert.equal(resolved.digest, image.root.descriptor.digest);
    assert.deepEqual(
      server.requests.map((each) => each.method),
      ['HEAD', 'GET'],
    );
  });

  it('uses one connection for the requests of a pull, and a new one when it was closed', async (t) => {
    const { server, registry, dialer, image } = await aScene(t);
    const reference = parseReference(`${server.host}/app`);
    const { digest } = image.root.descriptor;
    await registry.resolve(reference, { dialer });
    await registry.manifest(reference, digest, { dialer });
    assert.equal(dialer.dialled.length, 1);
    server.dropConnections();
    await registry.manifest(reference, digest, { dialer });
    assert.equal(dialer.dialled.length, 2);
  });

  it('speaks to docker.io at its API’s address, over TLS', async () => {
    const failure = new AppError('unavailable', 'no', { details: { syscallCode: 'ENOTFOUND' } });
    const dialer = new HostDialer({ 'registry-1.docker.io': failure });
    const registry = new OciRegistry();
    await assert.rejects(
      registry.resolve(parseReference('busybox'), { dialer }),
      fails('unavailable', {
        url: 'https://registry-1.docker.io/v2/library/busybox/manifests/latest',
        syscallCode: 'ENOTFOUND',
      }),
    );
    assert.deepEqual(dialer.dialled, [{ host: 'registry-1.docker.io', port: 443 }]);
  });

  it('speaks to a registry at the address that a setting gives', async (t) => {
    const { server, dialer } = await aScene(t);
    const hosts = { 'images.example': { url: `http://registry.test:5001` } };
    const resolved = new OciRegistry({ hosts }).resolve(parseReference('images.example/app'), { dialer });
    await resolved;
    assert.deepEqual(dialer.dialled, [{ host: 'registry.test', port: 5001 }]);
    assert.equal(server.requests[0]?.host, 'registry.test:5001');
  });
});
