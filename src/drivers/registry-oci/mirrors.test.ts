import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { anImage } from '../../../test/support/images/oci-image.ts';
import { FakeRegistry, type FakeRegistryOptions } from '../../../test/support/registry/fake-registry.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import { AppError, hasKind } from '../../domain/errors.ts';
import { parseReference } from '../../domain/oci/reference.ts';
import { OciRegistry } from './oci-registry.ts';

const REFERENCE = parseReference('images.test/app');
const image = anImage({ big: Buffer.alloc(50_000, 'x') });
const root = image.root.descriptor.digest;
const layer = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;

interface Scene {
  /** Two mirrors and the registry, in the order in which they are to be asked. */
  readonly servers: readonly [FakeRegistry, FakeRegistry, FakeRegistry];
  readonly registry: OciRegistry;
  readonly dialer: HostDialer;
}

async function aScene(t: TestContext, options: FakeRegistryOptions = {}): Promise<Scene> {
  const start = async (): Promise<FakeRegistry> => {
    const server = await FakeRegistry.start(options);
    t.after(() => server.close());
    return server;
  };
  const servers = [await start(), await start(), await start()] as const;
  const registry = new OciRegistry({
    hosts: { 'images.test': { url: `http://${servers[2].host}` } },
    mirrors: servers.slice(0, 2).map(({ host }) => ({ registry: 'images.test', url: `http://${host}` })),
  });
  return { servers, registry, dialer: new HostDialer() };
}

async function lengthOf(stream: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of stream) length += piece.length;
  return length;
}

describe('OciRegistry with mirrors', () => {
  it('asks the first mirror that has it, and no other', async (t) => {
    const { servers, registry, dialer } = await aScene(t);
    servers[1].add(image);
    assert.equal((await registry.resolve(REFERENCE, { dialer })).digest, root);
    assert.equal((await registry.manifest(REFERENCE, root, { dialer })).digest, root);
    assert.equal(await lengthOf(registry.blob(REFERENCE, layer.digest, 0, { dialer })), layer.size);
    assert.deepEqual(
      servers.map((server) => server.requests.length),
      [3, 3, 0],
    );
    assert.equal(servers[1].requests[0]?.path, '/v2/app/manifests/latest?ns=images.test');
  });

  it('asks the registry itself where no mirror has it, and tells what that says', async (t) => {
    const { servers, registry, dialer } = await aScene(t);
    servers[2].add(image);
    assert.equal((await registry.resolve(REFERENCE, { dialer })).digest, root);
    const nothing = registry.resolve(parseReference('images.test/none'), { dialer });
    await assert.rejects(nothing, (error) => {
      assert.ok(hasKind(error, 'not-found'));
      assert.equal(error.details['url'], `http://${servers[2].host}/v2/none/manifests/latest`);
      return true;
    });
  });

  for (const [name, answer] of [
    ['refuses', { status: 403 }],
    ['is broken', { status: 500 }],
    ['is asked too often', { status: 429, headers: { 'retry-after': '60' } }],
    ['closes the connection', 'drop'],
    ['sends other bytes', { status: 200, body: 'x' }],
  ] as const) {
    it(`goes on where a mirror ${name}`, async (t) => {
      const { servers, registry, dialer } = await aScene(t);
      for (const server of servers) server.add(image);
      servers[0].rule({ when: /v2/, answer });
      assert.equal((await registry.manifest(REFERENCE, root, { dialer })).digest, root);
    });
  }

  it('goes on within a layer where a mirror breaks it off', async (t) => {
    const { servers, registry, dialer } = await aScene(t);
    servers[0].add(image);
    servers[2].add(image);
    servers[0].rule({ when: /blobs/, answer: { cutAfter: 30 } });
    assert.equal(await lengthOf(registry.blob(REFERENCE, layer.digest, 0, { dialer })), layer.size);
    assert.equal(servers[2].requests[0]?.range, 'bytes=30-');
  });

  it('leaves a mirror out that did not work, for this network only', async (t) => {
    const { servers, registry } = await aScene(t);
    for (const server of servers) server.add(image);
    const failure = new AppError('unavailable', 'no route', { details: { syscallCode: 'ENETUNREACH' } });
    const cut = new HostDialer();
    const connect = cut.connect.bind(cut);
    let refused = 0;
    cut.connect = async (target, signal) => {
      if (target.port !== servers[0].port) return connect(target, signal);
      refused += 1;
      throw failure;
    };
    for (let round = 0; round < 3; round += 1) await registry.resolve(REFERENCE, { dialer: cut });
    assert.equal(refused, 1);
    await registry.resolve(REFERENCE, { dialer: new HostDialer() });
    assert.equal(servers[0].requests.length, 1);
  });

  it('gives no mirror the name and password of the registry', async (t) => {
    const auth = { username: 'jo', password: 'secret-word' };
    const { servers, registry, dialer } = await aScene(t, { auth: { scheme: 'basic', ...auth } });
    for (const server of servers) server.add(image);
    assert.equal((await registry.resolve(REFERENCE, { dialer, auth })).digest, root);
    const sent = servers.map((server) => server.requests.map((each) => each.authorization !== undefined));
    assert.deepEqual(sent, [[false], [false], [false, true]]);
  });

  it('asks nobody else when it is cancelled', async (t) => {
    const { servers, registry, dialer } = await aScene(t);
    servers[2].add(image);
    const controller = new AbortController();
    servers[0].rule({ when: /v2/, answer: 'hang' });
    const resolving = registry.resolve(REFERENCE, { dialer, signal: controller.signal });
    while (servers[0].requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await assert.rejects(resolving, (error) => hasKind(error, 'aborted'));
    assert.equal(servers[1].requests.length + servers[2].requests.length, 0);
  });
});
