/** What every registry behind ECR does. Run it from the driver's own test file. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../domain/oci/media-types.ts';
import { hasKind } from '../../domain/errors.ts';
import type { ImageRegistry, RegistryAnswer, RegistryExchange } from '../image-registry.ts';

export interface ImageRegistryHarness {
  readonly registry: ImageRegistry;
  close(): Promise<void>;
}

const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const LAYER = Buffer.from('0123456789'.repeat(1000));
const CONFIG = Buffer.from('{}');
const MANIFEST = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: sha256(CONFIG), size: CONFIG.length },
    layers: [{ mediaType: OCI_LAYER, digest: sha256(LAYER), size: LAYER.length }],
  }),
);

export function describeImageRegistry(
  name: string,
  start: () => Promise<ImageRegistryHarness>,
  options: { readonly skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false }, () => {
    let harness: ImageRegistryHarness;
    before(async () => {
      harness = await start();
    });
    after(() => harness?.close());

    const ask = async (exchange: RegistryExchange): Promise<RegistryAnswer & { bytes: Buffer }> => {
      const answer = await harness.registry.exchange(exchange);
      return { ...answer, bytes: await buffer(answer.body) };
    };
    const put = (place: string, bytes = MANIFEST) =>
      ask({
        method: 'PUT',
        path: `/v2/${place}/manifests/${sha256(bytes)}`,
        headers: { 'content-type': OCI_MANIFEST, 'content-length': bytes.length },
        body: bytes,
      });
    const begin = (place: string, query = '') =>
      ask({ method: 'POST', path: `/v2/${place}/blobs/uploads/${query}` });
    const add = async (place: string, bytes: Buffer, digest = sha256(bytes)) => {
      const location = String((await begin(place)).headers['location']);
      const headers = { 'content-type': 'application/octet-stream', 'content-length': bytes.length };
      return ask({ method: 'PUT', path: `${location}&digest=${digest}`, headers, body: bytes });
    };
    const push = async (place: string) => {
      for (const bytes of [LAYER, CONFIG]) assert.equal((await add(place, bytes)).status, 201);
      assert.equal((await put(place)).status, 201);
    };
    const status = async (path: string, method = 'HEAD') => (await ask({ method, path })).status;

    it('gives back a manifest by its digest as it was sent', async () => {
      await push('a/b/one');
      const path = `/v2/a/b/one/manifests/${sha256(MANIFEST)}`;
      const got = await ask({ method: 'GET', path, headers: { accept: OCI_MANIFEST } });
      assert.deepEqual([got.status, got.headers['content-type']], [200, OCI_MANIFEST]);
      assert.ok(got.bytes.equals(MANIFEST));
    });

    it('gives a layer whole, from a byte on, and its length', async () => {
      await push('a/b/two');
      const path = `/v2/a/b/two/blobs/${sha256(LAYER)}`;
      const head = await ask({ method: 'HEAD', path });
      assert.deepEqual([head.status, Number(head.headers['content-length'])], [200, LAYER.length]);
      assert.ok((await ask({ method: 'GET', path })).bytes.equals(LAYER));
      const rest = await ask({ method: 'GET', path, headers: { range: 'bytes=9990-' } });
      assert.deepEqual([rest.status, rest.bytes.toString()], [206, '0123456789']);
      assert.equal(rest.headers['content-range'], `bytes 9990-9999/${LAYER.length}`);
    });

    it('takes a layer in parts that are streams, and tells how much it has', async () => {
      let location = String((await begin('a/b/three')).headers['location']);
      for (const part of [LAYER.subarray(0, 4000), LAYER.subarray(4000)]) {
        const headers = { 'content-type': 'application/octet-stream', 'content-length': part.length };
        const sent = await ask({ method: 'PATCH', path: location, headers, body: Readable.from([part]) });
        assert.equal(sent.status, 202);
        location = String(sent.headers['location']);
      }
      const state = await ask({ method: 'GET', path: location });
      assert.deepEqual([state.status, state.headers['range']], [204, `0-${LAYER.length - 1}`]);
      const end = { method: 'PUT', headers: { 'content-length': 0 } };
      assert.equal((await ask({ ...end, path: `${location}&digest=${sha256(LAYER)}` })).status, 201);
      assert.equal(await status(`/v2/a/b/three/blobs/${sha256(LAYER)}`), 200);
    });

    it('refuses a layer that is not what its digest says', async () => {
      const { status: refused, bytes } = await add('a/b/four', LAYER, sha256(CONFIG));
      assert.equal(refused, 400);
      assert.match(bytes.toString(), /DIGEST_INVALID/);
      assert.equal(await status(`/v2/a/b/four/blobs/${sha256(CONFIG)}`), 404);
    });

    it('refuses a manifest whose layers it does not have', async () => {
      const { status: refused, bytes } = await put('a/b/five');
      assert.equal(refused, 400);
      assert.match(bytes.toString(), /MANIFEST_BLOB_UNKNOWN/);
    });

    it('takes a layer over from another repository', async () => {
      await push('a/b/six');
      const mounted = await begin('a/b/seven', `?mount=${sha256(LAYER)}&from=a/b/six`);
      assert.equal(mounted.status, 201);
      assert.equal(await status(`/v2/a/b/seven/blobs/${sha256(LAYER)}`), 200);
    });

    it('answers others while hundreds of layers come halfway', async () => {
      const over = new AbortController();
      setMaxListeners(0, over.signal);
      const halves: Promise<unknown>[] = [];
      const bodies: PassThrough[] = [];
      for (let count = 0; count < 300; count += 1) {
        const path = String((await begin('a/b/halves')).headers['location']);
        const body = new PassThrough();
        body.on('error', () => undefined).write('half');
        bodies.push(body);
        const headers = { 'content-type': 'application/octet-stream', 'content-length': 8 };
        const half = harness.registry.exchange({ method: 'PATCH', path, headers, body, signal: over.signal });
        halves.push(half.catch(() => undefined));
      }
      assert.equal(await status(`/v2/a/b/halves/blobs/${sha256(LAYER)}`), 404);
      over.abort();
      for (const body of bodies) body.destroy(new Error('the caller has gone'));
      await Promise.all(halves);
    });

    it('gives up an upload', async () => {
      const location = String((await begin('a/b/eight')).headers['location']);
      assert.equal(await status(location, 'DELETE'), 204);
      assert.equal(await status(location, 'GET'), 404);
    });

    it('deletes a manifest once, and a repository as often as asked', async () => {
      await push('a/b/nine');
      const path = `/v2/a/b/nine/manifests/${sha256(MANIFEST)}`;
      assert.deepEqual([await status(path, 'DELETE'), await status(path, 'DELETE')], [202, 404]);
      await push('a/b/nine');
      await harness.registry.removeRepository('a/b/nine');
      await harness.registry.removeRepository('a/b/nine');
      assert.equal(await status(path), 404);
      assert.equal(await status(`/v2/a/b/nine/blobs/${sha256(LAYER)}`), 404);
    });

    it('says aborted when the signal has fired', async () => {
      const gone = { method: 'GET', path: '/v2/', signal: AbortSignal.abort() };
      await assert.rejects(harness.registry.exchange(gone), (error) => hasKind(error, 'aborted'));
    });
  });
}
