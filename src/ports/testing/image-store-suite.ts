/** What every image store does, whatever it is made of. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import { rejectsWith } from './rejects-with.ts';
import { OCI_INDEX } from '../../domain/oci/media-types.ts';
import type { Descriptor } from '../../domain/oci/types.ts';
import {
  type ImageLease,
  type ImageStore,
  LEAST_BYTES_A_FILE,
  type StoredImage,
  type UnpackRequest,
} from '../image-store.ts';
import { describeDirectoryCopies } from './image-copy-suite.ts';
import { aTestImage, sha256, type TarEntry, type TestImage } from './test-image.ts';

export interface ImageStoreHarness {
  readonly store: ImageStore;
  /** A second store over the same data, as after a restart. */
  reopen(): Promise<ImageStore>;
  close(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Runs the suite as test cases under `name`. */
export function describeImageStore(
  name: string,
  open: () => Promise<ImageStoreHarness>,
  options: { skip?: string | false } = {},
): void {
  describe(name, { skip: options.skip ?? false }, () => {
    let harness: ImageStoreHarness;
    before(async () => {
      harness = await open();
    });
    after(() => harness?.close());
    const store = () => harness.store;
    describeBlobs(store);
    describeImages(store, () => harness.reopen());
    describeFiles(store);
    describeDirectoryCopies(store, (image, made) => storeTestImage(store(), image, made));
  });
}

/** Writes an image's blobs and unpacks it, as a pull does. */
export async function storeTestImage(
  store: ImageStore,
  name: string,
  image: TestImage,
  limits: Pick<UnpackRequest, 'maxBytes'> = {},
): Promise<StoredImage> {
  return withLease(store, async (lease) => {
    for (const blob of [image.config, image.manifest, ...image.layers]) {
      await store.writeBlob(blob, from(image.blobs.get(blob.digest) as Buffer), lease);
    }
    const { manifest, config, layers } = image;
    return store.unpack({ name, digest: manifest.digest, manifest, config, layers, ...limits }, lease);
  });
}

function describeBlobs(store: () => ImageStore): void {
  describe('blobs', () => {
    it('gives back what was written', async () => {
      const { bytes, descriptor } = aBlob(3 * MIB + 17);
      await withLease(store(), async (lease) => {
        assert.equal(await store().hasBlob(descriptor.digest), false);
        await store().writeBlob(descriptor, from(bytes), lease);
        assert.equal(await store().hasBlob(descriptor.digest), true);
        assert.ok((await store().readBlob(descriptor.digest)).equals(bytes));
      });
    });

    it('holds an empty blob', async () => {
      const { bytes, descriptor } = aBlob(0);
      await withLease(store(), async (lease) => {
        await store().writeBlob(descriptor, from(bytes), lease);
        assert.equal((await store().readBlob(descriptor.digest)).length, 0);
      });
    });

    it('says not-found for a blob that is not there', async () => {
      await rejectsWith(store().readBlob(aBlob(10).descriptor.digest), 'not-found');
    });

    it('does not fetch a blob that is there', async () => {
      const { bytes, descriptor } = aBlob(1000);
      await withLease(store(), async (lease) => {
        await store().writeBlob(descriptor, from(bytes), lease);
        await store().writeBlob(descriptor, () => assert.fail('fetched again'), lease);
      });
    });

    it('refuses bytes that are not what the digest says, and keeps none of them', async () => {
      const { bytes, descriptor } = aBlob(2 * MIB);
      const wrong = Buffer.from(bytes);
      wrong[5] = (wrong[5] as number) ^ 1;
      await withLease(store(), async (lease) => {
        await rejectsWith(store().writeBlob(descriptor, from(wrong), lease), 'invalid');
        assert.equal(await store().hasBlob(descriptor.digest), false);
        const offsets: number[] = [];
        await store().writeBlob(descriptor, from(bytes, offsets), lease);
        assert.deepEqual(offsets, [0]);
      });
    });

    it('refuses more bytes than were announced', async () => {
      const { bytes, descriptor } = aBlob(1000);
      const longer = Buffer.concat([bytes, Buffer.from('x')]);
      await withLease(store(), async (lease) => {
        await rejectsWith(store().writeBlob(descriptor, from(longer), lease), 'invalid');
        assert.equal(await store().hasBlob(descriptor.digest), false);
      });
    });

    it('goes on where a broken write ended', async () => {
      const { bytes, descriptor } = aBlob(3 * MIB);
      await withLease(store(), async (lease) => {
        await assert.rejects(
          store().writeBlob(descriptor, breakingAfter(bytes, 2 * MIB), lease),
          /the line broke/,
        );
        const offsets: number[] = [];
        await store().writeBlob(descriptor, from(bytes, offsets), lease);
        assert.equal(offsets.length, 1);
        assert.ok((offsets[0] as number) > 0 && (offsets[0] as number) <= 2 * MIB, `from ${offsets[0]}`);
        assert.ok((await store().readBlob(descriptor.digest)).equals(bytes));
      });
    });

    it('goes on with what a lease kept for others, down to the last byte', async () => {
      const { bytes, descriptor } = aBlob(3 * MIB);
      const broken = await store().lease();
      const source = breakingAfter(bytes, 2 * MIB + 11);
      await assert.rejects(store().writeBlob(descriptor, source, broken), /the line broke/);
      await broken.release(60_000);
      await withLease(store(), async (lease) => {
        const offsets: number[] = [];
        await store().writeBlob(descriptor, from(bytes, offsets), lease);
        assert.deepEqual(offsets, [2 * MIB + 11]);
      });
    });

    it('holds a blob for two leases until both are released', async () => {
      const { bytes, descriptor } = aBlob(1000);
      const first = await store().lease();
      await store().writeBlob(descriptor, from(bytes), first);
      await withLease(store(), async (lease) => {
        await store().holdBlob(descriptor.digest, lease);
        await store().holdBlob(descriptor.digest, lease);
        await first.release();
        assert.ok((await store().readBlob(descriptor.digest)).equals(bytes));
      });
    });

    it('says unavailable when the bytes end early', async () => {
      const { bytes, descriptor } = aBlob(1000);
      await withLease(store(), async (lease) => {
        await rejectsWith(store().writeBlob(descriptor, from(bytes.subarray(0, 400)), lease), 'unavailable');
        assert.equal(await store().hasBlob(descriptor.digest), false);
      });
    });

    it('fetches a blob once for two writers at the same time', async () => {
      const { bytes, descriptor } = aBlob(2 * MIB);
      await withLease(store(), async (lease) => {
        const offsets: number[] = [];
        const writers = [1, 2].map(() => store().writeBlob(descriptor, from(bytes, offsets), lease));
        await Promise.all(writers);
        assert.deepEqual(offsets, [0]);
      });
    });

    it('stops writing when it is cancelled, and writes again afterwards', async () => {
      const { bytes, descriptor } = aBlob(2 * MIB);
      await withLease(store(), async (lease) => {
        const cancel = new AbortController();
        const source = async function* (): AsyncGenerator<Uint8Array> {
          yield bytes.subarray(0, MIB);
          cancel.abort();
          yield bytes.subarray(MIB);
        };
        await assert.rejects(store().writeBlob(descriptor, source, lease, cancel.signal));
        assert.equal(await store().hasBlob(descriptor.digest), false);
        await store().writeBlob(descriptor, from(bytes), lease);
        assert.ok((await store().readBlob(descriptor.digest)).equals(bytes));
      });
    });

    it('refuses what is no digest', async () => {
      await withLease(store(), async (lease) => {
        const odd: Descriptor = { mediaType: 'x', digest: 'sha256:../../etc', size: 1 };
        await rejectsWith(store().writeBlob(odd, from(Buffer.from('x')), lease), 'invalid');
      });
    });
  });
}

function describeImages(store: () => ImageStore, reopen: () => Promise<ImageStore>): void {
  describe('images', () => {
    it('unpacks an image and finds it by name and digest', async () => {
      const image = aTestImage(twoLayers(), { config: { Cmd: ['/a'] } });
      const stored = await storeTestImage(store(), 'registry.test/found:1', image);
      assert.equal(stored.digest, image.manifest.digest);
      assert.equal(stored.manifestDigest, image.manifest.digest);
      assert.equal(stored.configDigest, image.config.digest);
      assert.deepEqual(stored.config.config, { Cmd: ['/a'] });
      const compressed = image.config.size + image.layers.reduce((sum, layer) => sum + layer.size, 0);
      assert.equal(stored.compressedBytes, compressed);
      assert.ok(stored.unpackedBytes > 0);
      assert.equal(stored.lowerDirs.length, 2);
      assert.deepEqual(await store().find('registry.test/found:1', image.manifest.digest), stored);
      assert.equal(await store().find('registry.test/found:1', sha256('other')), undefined);
      assert.equal(await store().find('registry.test/never:1', image.manifest.digest), undefined);
      const names = (await store().list()).map(({ name }) => name);
      assert.ok(names.includes('registry.test/found:1'));
    });

    it('finds an image again after a restart', async () => {
      const image = aTestImage(twoLayers());
      const stored = await storeTestImage(store(), 'registry.test/kept:1', image);
      const again = await reopen();
      assert.deepEqual(await again.find('registry.test/kept:1', image.manifest.digest), stored);
    });

    it('names an image by the digest of its index', async () => {
      const image = aTestImage(twoLayers());
      const bytes = Buffer.from(
        JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [image.manifest] }),
      );
      const index: Descriptor = { mediaType: OCI_INDEX, digest: sha256(bytes), size: bytes.length };
      const name = 'registry.test/index:1';
      await withLease(store(), async (lease) => {
        await store().writeBlob(index, from(bytes), lease);
        for (const blob of [image.manifest, image.config, ...image.layers]) {
          await store().writeBlob(blob, from(image.blobs.get(blob.digest) as Buffer), lease);
        }
        await store().unpack({ name, digest: index.digest, ...image }, lease);
      });
      const found = await store().find(name, index.digest);
      assert.equal(found?.digest, index.digest);
      assert.equal(found?.manifestDigest, image.manifest.digest);
      assert.equal(await store().hasBlob(index.digest), true);
    });

    it('unpacks each layer when its blob arrives', async () => {
      const image = aTestImage(twoLayers());
      const [low, high] = image.layers as [Descriptor, Descriptor];
      const order: string[] = [];
      await withLease(store(), async (lease) => {
        const put = (blob: Descriptor): Promise<void> =>
          store().writeBlob(blob, from(image.blobs.get(blob.digest) as Buffer), lease);
        for (const blob of [image.manifest, image.config]) await put(blob);
        let arrive: () => void = () => undefined;
        const unpacked = new Promise<void>((resolve) => (arrive = resolve));
        const arrived = async (layer: Descriptor): Promise<void> => {
          // The upper one comes only when the lower one has been unpacked.
          if (layer.digest === high.digest) await unpacked;
          await put(layer);
          order.push(layer.digest === low.digest ? 'low is here' : 'high is here');
        };
        const onUnpacked = (): void => {
          order.push('unpacked');
          arrive();
        };
        const request = { name: 'registry.test/arriving:1', digest: image.manifest.digest, ...image };
        const stored = await store().unpack({ ...request, arrived, onUnpacked }, lease);
        assert.equal(stored.lowerDirs.length, 2);
      });
      assert.deepEqual(order, ['low is here', 'unpacked', 'high is here', 'unpacked']);
    });

    it('says what kept a layer from arriving', async () => {
      const image = aTestImage(twoLayers());
      const arrived = (): Promise<void> => Promise.reject(new Error('no such layer'));
      await withLease(store(), async (lease) => {
        for (const blob of [image.manifest, image.config]) {
          await store().writeBlob(blob, from(image.blobs.get(blob.digest) as Buffer), lease);
        }
        const request = { name: 'registry.test/missing:1', digest: image.manifest.digest, ...image, arrived };
        await assert.rejects(store().unpack(request, lease), /no such layer/);
      });
    });

    it('moves a name to another image', async () => {
      const name = 'registry.test/moving:1';
      const first = aTestImage([{ entries: [{ path: 'v', content: 'one' }] }]);
      const second = aTestImage([{ entries: [{ path: 'v', content: 'two' }] }]);
      await storeTestImage(store(), name, first);
      const stored = await storeTestImage(store(), name, second);
      assert.equal(await store().find(name, first.manifest.digest), undefined);
      assert.equal((await store().readFile(stored, '/v', 10))?.toString(), 'two');
    });

    it('refuses a layer whose content is not what the configuration says', async () => {
      const layers = twoLayers();
      const image = aTestImage(layers, { diffIds: [sha256('a'), sha256('b')] });
      await rejectsWith(storeTestImage(store(), 'registry.test/false:1', image), 'invalid');
      assert.equal(await store().find('registry.test/false:1', image.manifest.digest), undefined);
    });

    it('refuses a configuration with another number of layers', async () => {
      const image = aTestImage(twoLayers(), { diffIds: [sha256('a')] });
      await rejectsWith(storeTestImage(store(), 'registry.test/fewer:1', image), 'invalid');
    });

    it('refuses a layer that is no archive', async () => {
      const image = aTestImage([{ entries: [], compression: 'none' }]);
      const junk = randomBytes(2000);
      const layer: Descriptor = { ...(image.layers[0] as Descriptor), digest: sha256(junk), size: 2000 };
      const config = Buffer.from(
        JSON.stringify({ ...image.imageConfig, rootfs: { type: 'layers', diff_ids: [sha256(junk)] } }),
      );
      const broken: TestImage = {
        ...image,
        layers: [layer],
        config: { ...image.config, digest: sha256(config), size: config.length },
        blobs: new Map([...image.blobs, [layer.digest, junk], [sha256(config), config]]),
      };
      await rejectsWith(storeTestImage(store(), 'registry.test/junk:1', broken), 'invalid');
    });

    it('refuses an image that takes more room, unpacked, than it may', async () => {
      const zeros = aTestImage([{ entries: [{ path: 'zeros', content: Buffer.alloc(4 * MIB) }] }]);
      const name = 'registry.test/zeros:1';
      const storing = storeTestImage(store(), name, zeros, { maxBytes: MIB });
      await assert.rejects(
        storing,
        (error) => hasKind(error, 'failed-precondition') && error.details['errno'] === 'ENOSPC',
      );
      assert.equal(await store().find(name, zeros.manifest.digest), undefined);
      await storeTestImage(store(), name, zeros, { maxBytes: 8 * MIB });
    });

    it('refuses an image of more files than go into the room that it may take', async () => {
      const entries = Array.from({ length: (2 * MIB) / LEAST_BYTES_A_FILE }, (_, index) => {
        return { path: `empty-${index}`, content: '' };
      });
      const files = aTestImage([{ entries }]);
      const name = 'registry.test/files:1';
      await assert.rejects(
        storeTestImage(store(), name, files, { maxBytes: MIB }),
        (error) => hasKind(error, 'failed-precondition') && error.details['errno'] === 'ENOSPC',
      );
      await storeTestImage(store(), name, files, { maxBytes: 8 * MIB });
    });

    it('unpacks one image for two at the same time', async () => {
      const image = aTestImage(twoLayers());
      const both = ['registry.test/twice:1', 'registry.test/twice:2'];
      const [one, two] = await Promise.all(both.map((name) => storeTestImage(store(), name, image)));
      assert.deepEqual(one?.lowerDirs, two?.lowerDirs);
    });

    it('knows when an image was pulled or touched last', async () => {
      const name = 'registry.test/touched:1';
      const touchedAt = async (): Promise<number> =>
        (await store().list()).find((image) => image.name === name)?.touchedAt ?? assert.fail(`no ${name}`);
      const before = Date.now();
      await storeTestImage(store(), name, aTestImage(twoLayers()));
      const pulled = await touchedAt();
      assert.ok(pulled >= before && pulled <= Date.now(), `${before} ${pulled}`);
      while (Date.now() <= pulled) await new Promise((resolve) => setImmediate(resolve));
      await store().touch(name);
      assert.ok((await touchedAt()) > pulled);
      await store().touch('registry.test/never:1');
    });

    it('tells how much room there is', async () => {
      const { totalBytes, freeBytes } = await store().space();
      assert.ok(freeBytes > 0 && freeBytes < totalBytes);
    });

    it('removes an image with what is its own, and leaves what others share', async () => {
      const [base, top] = twoLayers() as [never, never];
      const shared = aTestImage([base]);
      const larger = aTestImage([base, top]);
      await storeTestImage(store(), 'registry.test/shared:1', shared);
      await storeTestImage(store(), 'registry.test/larger:1', larger);
      await store().remove('registry.test/larger:1');
      await store().remove('registry.test/larger:1');
      assert.equal(await store().find('registry.test/larger:1', larger.manifest.digest), undefined);
      assert.equal(await store().hasBlob(larger.config.digest), false);
      assert.equal(await store().hasBlob((larger.layers[1] as Descriptor).digest), false);
      assert.equal(await store().hasBlob((larger.layers[0] as Descriptor).digest), true);
      const left = await store().find('registry.test/shared:1', shared.manifest.digest);
      assert.ok(left !== undefined);
      assert.equal((await store().readFile(left, '/etc/passwd', 100))?.toString(), 'lower');
    });
  });
}

function describeFiles(store: () => ImageStore): void {
  describe('files of an image', () => {
    let image: StoredImage;
    before(async () => {
      image = await storeTestImage(store(), 'registry.test/files:1', aTestImage(layersWithTraps()));
    });
    const read = async (path: string, maxBytes = 1000) =>
      (await store().readFile(image, path, maxBytes))?.toString();

    const cases: readonly [name: string, path: string, expected: string | undefined][] = [
      ['reads a file of the lowest layer', '/etc/group', 'group'],
      ['takes the topmost of two', '/etc/passwd', 'upper'],
      ['does not see a file that a layer above removed', '/etc/shadow', undefined],
      ['does not see below a directory that was removed', '/gone/inside', undefined],
      ['does not see into a directory that was replaced', '/replaced/old', undefined],
      ['sees the new content of a directory that was replaced', '/replaced/new', 'new'],
      ['follows a link to a file of another layer', '/link-to-group', 'group'],
      ['follows a link to a directory', '/etc-link/passwd', 'upper'],
      ['takes an absolute link as absolute within the image', '/absolute', 'upper'],
      ['does not leave the image by a link that climbs', '/climbing', 'upper'],
      ['does not leave the image by a path that climbs', '/../../../etc/passwd', 'upper'],
      ['gives up on links in a circle', '/circle', undefined],
      ['has nothing for a directory', '/etc', undefined],
      ['has nothing for a path through a file', '/etc/passwd/x', undefined],
      ['has nothing for what is absent', '/etc/nothing', undefined],
      ['does not follow a link to what only the host has', '/to-host', undefined],
    ];
    for (const [name, path, expected] of cases) {
      it(name, async () => {
        assert.equal(await read(path), expected);
      });
    }

    it('reads no more than it is asked for', async () => {
      assert.equal(await read('/etc/group', 3), 'gro');
    });
  });
}

function twoLayers(): { entries: TarEntry[]; compression: 'gzip' | 'none' }[] {
  return [
    {
      compression: 'gzip',
      entries: [
        { path: 'etc', directory: true },
        { path: 'etc/passwd', content: 'lower' },
      ],
    },
    // Different each time, so that no case finds another's layer.
    { compression: 'none', entries: [{ path: 'salt', content: randomBytes(8).toString('hex') }] },
  ];
}

function layersWithTraps(): { entries: TarEntry[] }[] {
  return [
    {
      entries: [
        { path: 'etc', directory: true },
        { path: 'etc/passwd', content: 'lower' },
        { path: 'etc/group', content: 'group' },
        { path: 'etc/shadow', content: 'secret' },
        { path: 'gone', directory: true },
        { path: 'gone/inside', content: 'x' },
        { path: 'replaced', directory: true },
        { path: 'replaced/old', content: 'x' },
      ],
    },
    {
      entries: [
        { path: 'etc', directory: true },
        { path: 'etc/passwd', content: 'upper' },
        { path: 'etc/.wh.shadow', content: '' },
        { path: '.wh.gone', content: '' },
        { path: 'replaced', directory: true },
        { path: 'replaced/.wh..wh..opq', content: '' },
        { path: 'replaced/new', content: 'new' },
      ],
    },
    {
      entries: [
        { path: 'link-to-group', link: 'etc/group' },
        { path: 'etc-link', link: '/etc' },
        { path: 'absolute', link: '/etc/passwd' },
        { path: 'climbing', link: '../../../../../etc/passwd' },
        { path: 'circle', link: 'circle' },
        { path: 'to-host', link: '/proc/self/environ' },
      ],
    },
  ];
}

function aBlob(size: number): { bytes: Buffer; descriptor: Descriptor } {
  const bytes = randomBytes(size);
  return { bytes, descriptor: { mediaType: 'application/octet-stream', digest: sha256(bytes), size } };
}

/** A source of these bytes in small pieces; the offsets that it was asked for are noted. */
function from(bytes: Buffer, offsets: number[] = []): (offset: number) => AsyncIterable<Uint8Array> {
  return async function* (offset: number) {
    offsets.push(offset);
    for (let at = offset; at < bytes.length; at += 65_536) {
      await Promise.resolve();
      yield bytes.subarray(at, at + 65_536);
    }
  };
}

function breakingAfter(bytes: Buffer, count: number): (offset: number) => AsyncIterable<Uint8Array> {
  return async function* (offset: number) {
    yield* from(bytes.subarray(0, count))(offset);
    throw new Error('the line broke');
  };
}

async function withLease<T>(store: ImageStore, work: (lease: ImageLease) => Promise<T>): Promise<T> {
  const lease = await store.lease();
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}
