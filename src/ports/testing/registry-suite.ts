/** What every registry driver does. Run it from the driver's own test file against a registry that a test started. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '../../domain/oci/media-types.ts';
import type { ImageReference, Registry, RegistryContext } from '../registry.ts';

export interface RegistryHarness {
  readonly registry: Registry;
  readonly context: RegistryContext;
  /** The registry part of references. */
  readonly host: string;
  /** Puts blobs and one manifest there, by whatever way. */
  publish(repository: string, tag: string, content: PublishedContent): Promise<void>;
  close(): Promise<void>;
}

export interface PublishedContent {
  readonly manifest: { readonly mediaType: string; readonly bytes: Buffer };
  readonly blobs: readonly Buffer[];
}

export function testRegistry(name: string, start: () => Promise<RegistryHarness>): void {
  describe(`Registry: ${name}`, () => {
    const blob = Buffer.from('0123456789'.repeat(1000));
    const manifest = Buffer.from(JSON.stringify(manifestOf(blob)));
    const digest = sha256(manifest);
    let harness: RegistryHarness;
    const at = (rest: Partial<ImageReference>): ImageReference => ({
      registry: harness.host,
      repository: 'suite/app',
      ...rest,
    });

    before(async () => {
      harness = await start();
      const content = { manifest: { mediaType: OCI_MANIFEST, bytes: manifest }, blobs: [blob] };
      await harness.publish('suite/app', '1.0', content);
    });
    after(() => harness.close());

    it('resolves a tag to the digest and type that it names now', async () => {
      const resolved = await harness.registry.resolve(at({ tag: '1.0' }), harness.context);
      assert.deepEqual(resolved, { mediaType: OCI_MANIFEST, digest, size: manifest.length });
    });

    it('resolves a digest to itself', async () => {
      const resolved = await harness.registry.resolve(at({ digest }), harness.context);
      assert.equal(resolved.digest, digest);
    });

    it('says not-found for a tag and for a repository that are not there', async () => {
      const notFound = (error: unknown): boolean =>
        hasKind(error, 'not-found') && error.details['status'] === 404;
      await assert.rejects(harness.registry.resolve(at({ tag: 'none' }), harness.context), notFound);
      const other = at({ repository: 'suite/none', tag: '1.0' });
      await assert.rejects(harness.registry.resolve(other, harness.context), notFound);
    });

    it('gives the manifest by its digest, byte for byte', async () => {
      const fetched = await harness.registry.manifest(at({ tag: '1.0' }), digest, harness.context);
      assert.equal(fetched.mediaType, OCI_MANIFEST);
      assert.equal(fetched.digest, digest);
      assert.ok(fetched.bytes.equals(manifest));
    });

    for (const offset of [0, 1, 4321]) {
      it(`gives a blob from byte ${offset} on`, async () => {
        const bytes = await collect(harness.registry.blob(at({}), sha256(blob), offset, harness.context));
        assert.ok(bytes.equals(blob.subarray(offset)));
      });
    }

    it('says not-found for a blob that is not there', async () => {
      const stream = harness.registry.blob(at({}), sha256(Buffer.from('none')), 0, harness.context);
      await assert.rejects(collect(stream), (error) => hasKind(error, 'not-found'));
    });

    it('says aborted when the signal has fired', async () => {
      const context = { ...harness.context, signal: AbortSignal.abort() };
      await assert.rejects(harness.registry.resolve(at({ tag: '1.0' }), context), (error) =>
        hasKind(error, 'aborted'),
      );
    });

    it('says unavailable, with the address, when nobody listens', async () => {
      const nobody = { registry: '127.0.0.1:1', repository: 'app', tag: 'latest' };
      await assert.rejects(
        harness.registry.resolve(nobody, harness.context),
        (error) => hasKind(error, 'unavailable') && error.details['syscallCode'] === 'ECONNREFUSED',
      );
    });
  });
}

function manifestOf(blob: Buffer): unknown {
  const config = { mediaType: OCI_CONFIG, digest: sha256(blob), size: blob.length };
  return { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] };
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
