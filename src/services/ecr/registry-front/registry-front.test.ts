import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  type Asked,
  type Answered,
  type Basic,
  ECR_SCOPE,
  EcrUnderTest,
  OTHER_ACCOUNT,
} from '../../../../test/support/ecr/ecr-under-test.ts';
import { anImage } from '../../../../test/support/images/oci-image.ts';
import type { BuiltImage } from '../../../cli/sample-image/image.ts';
import { AppError } from '../../../domain/errors.ts';
import { OCI_MANIFEST } from '../../../domain/oci/media-types.ts';

const BY_NAME = '000000000000.dkr.ecr.eu-west-1.amazonaws.com';
const OTHERS_NAME = '111111111111.dkr.ecr.eu-west-1.amazonaws.com';
const NONE = `sha256:${'0'.repeat(64)}`;

interface FrontScene {
  readonly ecr: EcrUnderTest;
  readonly auth: Basic;
  readonly image: BuiltImage;
  readonly layer: BuiltImage['blobs'][number];
  /** As the usual account. */
  readonly ask: (path: string, asked?: Asked) => Promise<Answered>;
}

/** A registry with `web:latest`. */
async function aFront(t: TestContext): Promise<FrontScene> {
  const ecr = new EcrUnderTest();
  await ecr.serve(t);
  await ecr.client.createRepository({ repositoryName: 'web' });
  const auth = await ecr.login();
  const image = anImage({ a: 'a'.repeat(5000) });
  await ecr.push(image, 'web', 'latest');
  const [layer] = image.blobs;
  assert.ok(layer !== undefined);
  return { ecr, auth, image, layer, ask: (path, asked) => ecr.ask(path, { auth, ...asked }) };
}

describe('Logins at the registry of ECR', () => {
  it('are asked for by a basic challenge', async (t) => {
    const { ecr } = await aFront(t);
    for (const path of ['/v2/', '/v2/web/manifests/latest', '/v2/none/tags/list']) {
      const { status, headers, text } = await ecr.ask(path, { host: BY_NAME });
      assert.deepEqual([status, text], [401, 'Not Authorized\n']);
      assert.equal(
        headers['www-authenticate'],
        `Basic realm="https://${BY_NAME}/",service="ecr.amazonaws.com"`,
      );
      assert.equal(headers['docker-distribution-api-version'], 'registry/2.0');
    }
  });

  it('are the user AWS with the password of GetAuthorizationToken', async (t) => {
    const { ecr, auth } = await aFront(t);
    assert.equal((await ecr.ask('/v2/', { auth })).status, 200);
    const [claims = '', signature = ''] = auth.password.split('.');
    const forged = Buffer.from(claims, 'base64url').toString().replace('000000000000', '111111111111');
    for (const wrong of [
      { ...auth, username: 'aws' },
      { ...auth, password: '' },
      { ...auth, password: 'AKIDEXAMPLE' },
      { ...auth, password: `${claims}.${'A'.repeat(signature.length)}` },
      { ...auth, password: `${Buffer.from(forged).toString('base64url')}.${signature}` },
      { ...auth, password: `${auth.password}.x` },
      { ...auth, password: 'x'.repeat(10_000) },
    ]) {
      assert.equal((await ecr.ask('/v2/', { auth: wrong })).status, 401);
    }
    const headers = { authorization: `Bearer ${auth.password}` };
    assert.equal((await ecr.ask('/v2/', { headers })).status, 401);
  });

  it('end after twelve hours', async (t) => {
    const { ecr, ask } = await aFront(t);
    ecr.clock.advance(12 * 3_600_000 - 1);
    assert.equal((await ask('/v2/')).status, 200);
    ecr.clock.advance(1);
    const { status, code, message } = await ask('/v2/');
    assert.deepEqual([status, code], [403, 'DENIED']);
    assert.equal(message, 'Your authorization token has expired. Reauthenticate and try again.');
  });

  it('of one account open nothing of another', async (t) => {
    const { ecr, ask } = await aFront(t);
    await ecr.clientOf(OTHER_ACCOUNT).createRepository({ repositoryName: 'web' });
    for (const [method, path, action] of [
      ['GET', '/v2/web/manifests/latest', 'BatchGetImage'],
      ['PUT', '/v2/web/manifests/latest', 'PutImage'],
      ['POST', '/v2/web/blobs/uploads/', 'InitiateLayerUpload'],
      ['GET', `/v2/web/blobs/${NONE}`, 'GetDownloadUrlForLayer'],
      ['GET', '/v2/none/tags/list', 'ListImages'],
    ] as const) {
      const { status, code, message } = await ask(path, { method, host: OTHERS_NAME });
      assert.deepEqual([status, code], [403, 'DENIED']);
      const name = path.split('/')[2];
      const resource = `arn:aws:ecr:eu-west-1:111111111111:repository/${name}`;
      assert.equal(
        message,
        `User: arn:aws:iam::000000000000:root is not authorized to perform: ecr:${action} on resource: ${resource} because no resource-based policy allows the ecr:${action} action`,
      );
    }
    // The machine's own address stands for the home account.
    const other = await ecr.login(OTHER_ACCOUNT);
    assert.equal((await ecr.ask('/v2/web/manifests/latest', { auth: other })).status, 403);
    assert.equal((await ecr.ask('/v2/web/manifests/latest', { auth: other, host: OTHERS_NAME })).status, 404);
  });
});

describe('Pulls from the registry of ECR', () => {
  it('get the manifest by tag and by digest, with its type', async (t) => {
    const { ask, image } = await aFront(t);
    const { digest } = image.root.descriptor;
    for (const name of ['latest', digest]) {
      const got = await ask(`/v2/web/manifests/${name}`, { headers: { accept: OCI_MANIFEST } });
      assert.equal(got.text, image.root.bytes.toString());
      assert.equal(got.headers['content-type'], OCI_MANIFEST);
      assert.equal(got.headers['docker-content-digest'], digest);
      const head = await ask(`/v2/web/manifests/${name}`, { method: 'HEAD' });
      assert.deepEqual([head.status, head.text], [200, '']);
      assert.equal(head.headers['content-length'], String(image.root.bytes.length));
    }
  });

  it('are sent to a host like S3’s for layers, by an address that opens just that layer for an hour', async (t) => {
    const { ecr, ask, layer } = await aFront(t);
    const path = `/v2/web/blobs/${layer.descriptor.digest}`;
    const sent = await ask(path, { host: BY_NAME });
    assert.equal(sent.status, 307);
    const { protocol, host, pathname, search } = new URL(sent.headers.location ?? '');
    assert.equal(protocol, 'https:');
    assert.equal(host, 'prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com');
    const get = (url: string, headers = {}) => ecr.ask(url, { host, headers });
    assert.equal((await get(pathname + search)).status, 200);
    const rest = await get(pathname + search, { range: 'bytes=10-' });
    assert.equal(rest.status, 206);
    assert.equal(Number(rest.headers['content-length']), layer.descriptor.size - 10);
    const refused = [
      pathname,
      pathname.replace(layer.descriptor.digest, NONE) + search,
      pathname.replace('000000000000', '111111111111') + search,
      (pathname + search).replace('X-Amz-Expires=3600', 'X-Amz-Expires=9999999'),
      `${pathname}${search.slice(0, -1)}`,
    ];
    for (const url of refused) {
      const { status, text } = await get(url);
      assert.equal(status, 403, url);
      assert.match(text, /<Code>AccessDenied<\/Code>/);
    }
    assert.equal((await ecr.ask(pathname + search, { host, method: 'PUT', body: 'x' })).status, 405);
    ecr.clock.advance(3_600_001);
    assert.match((await get(pathname + search)).text, /Request has expired/);
  });

  it('get layers at once from the machine’s own address, where no other host is known', async (t) => {
    const { ask, layer } = await aFront(t);
    const got = await ask(`/v2/web/blobs/${layer.descriptor.digest}`);
    assert.equal(got.status, 200);
    assert.equal(Number(got.headers['content-length']), layer.descriptor.size);
  });

  it('are told in the registry’s words what is not there', async (t) => {
    const { ask } = await aFront(t);
    const cases: [path: string, status: number, code: string, message: string][] = [
      [
        '/v2/none/manifests/latest',
        404,
        'NAME_UNKNOWN',
        "The repository with name 'none' does not exist in the registry with id '000000000000'",
      ],
      ['/v2/web/manifests/none', 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
      [`/v2/web/manifests/${NONE}`, 404, 'MANIFEST_UNKNOWN', 'Requested image not found'],
      [`/v2/web/blobs/${NONE}`, 404, 'BLOB_UNKNOWN', 'blob unknown to registry'],
      ['/v2/_catalog', 404, 'NAME_UNKNOWN', 'name unknown'],
      ['/v2/web/../../etc/passwd', 404, 'NAME_UNKNOWN', 'name unknown'],
      ['/v2/%2e%2e/manifests/latest', 404, 'NAME_UNKNOWN', 'name unknown'],
    ];
    for (const [path, ...expected] of cases) {
      const { status, code, message } = await ask(path, { host: BY_NAME });
      assert.deepEqual([status, code, message], expected, path);
    }
  });

  it('say nothing of what is wrong inside', async (t) => {
    const { ecr, ask } = await aFront(t);
    ecr.registry.failure = new AppError('unavailable', 'ENOENT /var/lib/secret/place');
    const { status, code, text } = await ask('/v2/web/manifests/latest');
    assert.deepEqual([status, code], [503, 'UNAVAILABLE']);
    assert.ok(!text.includes('secret'));
  });
});

describe('Pushes to the registry of ECR', () => {
  it('need a repository', async (t) => {
    const { ask, image } = await aFront(t);
    const begun = await ask('/v2/none/blobs/uploads/', { method: 'POST' });
    assert.deepEqual([begun.status, begun.code], [404, 'NAME_UNKNOWN']);
    assert.match(begun.message ?? '', /^The repository with name 'none' does not exist/);
    const body = image.root.bytes;
    const put = await ask('/v2/none/manifests/latest', { method: 'PUT', body });
    assert.deepEqual([put.status, put.code], [404, 'NAME_UNKNOWN']);
  });

  it('never show where the registry keeps a repository', async (t) => {
    const { ask } = await aFront(t);
    const begun = await ask('/v2/web/blobs/uploads/', { method: 'POST' });
    assert.equal(begun.status, 202);
    assert.match(begun.headers.location ?? '', /^\/v2\/web\/blobs\/uploads\/[^/]+$/);
    const headers = { 'content-type': 'application/octet-stream' };
    const part = await ask(begun.headers.location ?? '', { method: 'PATCH', headers, body: 'hello' });
    assert.deepEqual([part.status, part.headers['range']], [202, '0-4']);
    const digest = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';
    const done = await ask(`${part.headers.location}&digest=${digest}`, { method: 'PUT' });
    assert.deepEqual([done.status, done.headers.location], [201, `/v2/web/blobs/${digest}`]);
    assert.equal((await ask(`/v2/web/blobs/${digest}`)).text, 'hello');
  });

  it('take over layers from repositories of the same registry only', async (t) => {
    const { ecr, ask, layer } = await aFront(t);
    await ecr.client.createRepository({ repositoryName: 'api' });
    const { digest } = layer.descriptor;
    const mount = (repository: string, from: string, asked: Asked = {}) =>
      ask(`/v2/${repository}/blobs/uploads/?mount=${digest}&from=${from}`, { method: 'POST', ...asked });
    assert.equal((await mount('api', 'none')).status, 202, 'to be uploaded');
    assert.equal((await mount('api', '../../x')).status, 202);
    assert.equal((await mount('api', 'web')).status, 201);
    const theirs = ecr.clientOf(OTHER_ACCOUNT);
    await theirs.createRepository({ repositoryName: 'api' });
    const auth = await ecr.login(OTHER_ACCOUNT);
    assert.equal((await mount('api', 'web', { auth, host: OTHERS_NAME })).status, 202);
  });

  it('refuse a manifest that is not what its digest says, is none, or is too large', async (t) => {
    const { ask, image } = await aFront(t);
    const put = (name: string, body: string | Buffer) =>
      ask(`/v2/web/manifests/${name}`, { method: 'PUT', headers: { 'content-type': OCI_MANIFEST }, body });
    const other = await put(NONE, image.root.bytes);
    assert.deepEqual([other.status, other.code], [400, 'DIGEST_INVALID']);
    for (const body of ['{', '[]', 'x'.repeat(4 * 1024 * 1024 + 1)]) {
      const { status, code } = await put('latest', body);
      assert.deepEqual([status, code], [400, 'MANIFEST_INVALID']);
    }
    const missing = await put('latest', anImage({ other: 'other' }).root.bytes);
    assert.deepEqual([missing.status, missing.code], [400, 'MANIFEST_BLOB_UNKNOWN']);
  });

  it('cannot move an immutable tag', async (t) => {
    const { ecr, auth, ask, image } = await aFront(t);
    await ecr.client.putImageTagMutability({ repositoryName: 'web', imageTagMutability: 'IMMUTABLE' });
    await ecr.push(image, 'web', 'latest', auth);
    const other = anImage({ b: 'b' });
    await ecr.push(other, 'web', 'second', auth);
    const headers = { 'content-type': OCI_MANIFEST };
    const asked = { method: 'PUT', headers, body: other.root.bytes };
    const { status, code, message } = await ask('/v2/web/manifests/latest', asked);
    assert.deepEqual([status, code], [400, 'TAG_INVALID']);
    assert.match(message ?? '', /^The image tag 'latest' already exists in the 'web' repository/);
    const { text } = await ask('/v2/web/manifests/latest');
    assert.equal(text, image.root.bytes.toString());
  });

  it('cannot delete: the API does that', async (t) => {
    const { ask, layer } = await aFront(t);
    for (const path of ['manifests/latest', `blobs/${layer.descriptor.digest}`]) {
      const { status, code } = await ask(`/v2/web/${path}`, { method: 'DELETE' });
      assert.deepEqual([status, code], [405, 'UNSUPPORTED']);
    }
  });

  it('of two at the same time to one tag leave one of the two images', async (t) => {
    const { ecr, ask } = await aFront(t);
    const images = ['1', '2'].map((text) => anImage({ a: text }));
    await Promise.all(images.map((image) => ecr.push(image, 'web', 'race')));
    const { headers } = await ask('/v2/web/manifests/race', { method: 'HEAD' });
    const digests = images.map(({ root }) => root.descriptor.digest);
    assert.ok(digests.includes(String(headers['docker-content-digest'])));
    const { imageIds = [] } = await ecr.client.listImages({ repositoryName: 'web' });
    assert.equal(imageIds.filter(({ imageTag }) => imageTag === 'race').length, 1);
  });
});

describe('Tags at the registry of ECR', () => {
  it('are listed in order, a page at a time', async (t) => {
    const { ecr, ask, image } = await aFront(t);
    for (const tag of ['b', 'a', 'c']) await ecr.push(image, 'web', tag);
    const first = await ask('/v2/web/tags/list?n=3');
    assert.deepEqual(JSON.parse(first.text), { name: 'web', tags: ['a', 'b', 'c'] });
    const [, next = ''] = /^<(.*)>; rel="next"$/.exec(String(first.headers['link'])) ?? [];
    const second = await ask(next);
    assert.deepEqual(JSON.parse(second.text), { name: 'web', tags: ['latest'] });
    assert.equal(second.headers['link'], undefined);
    const { account } = ECR_SCOPE;
    assert.equal(
      (await ask('/v2/web/tags/list', { host: BY_NAME.replace(account, '222222222222') })).status,
      403,
    );
  });
});
