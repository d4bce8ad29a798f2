/**
 * The image store port over containerd: blobs in its content store, layers as snapshots, names as its images. Knows no
 * registry. What has been looked up once is kept in memory, and checked against containerd's record of the name.
 */
import { statfs } from 'node:fs/promises';
import { AppError } from '../../../domain/errors.ts';
import type { Descriptor, ImageConfig, ImageManifest } from '../../../domain/oci/types.ts';
import type {
  ImageLease,
  ImageStore,
  ListedImage,
  StoredImage,
  StoreSpace,
  UnpackRequest,
} from '../../../ports/image-store.ts';
import type { ContainerdClient } from '../grpc/containerd-client.ts';
import { ContentBlobs, checkDigest } from './content-blobs.ts';
import { ImageLeases } from './image-leases.ts';
import { ImageRecords } from './image-records.ts';
import { ImageViews } from './image-views.ts';
import { chainIds, LayerUnpacker } from './layer-unpacker.ts';
import { copyLayeredDirectory, readLayeredFile } from './layered-files.ts';

export interface ContainerdImageStoreOptions {
  readonly client: ContainerdClient;
  /** Shared with the runtime, whose containers refer to them. */
  readonly views: ImageViews;
  /** Where containerd keeps what it has. */
  readonly root: string;
}

/** A lease whose holder was killed ends by itself. */
const LEASE_LIFE_MS = 24 * 60 * 60_000;

export class ContainerdImageStore implements ImageStore {
  readonly #client: ContainerdClient;
  readonly #blobs: ContentBlobs;
  readonly #records: ImageRecords;
  readonly #leases: ImageLeases;
  readonly #unpacker: LayerUnpacker;
  readonly #views: ImageViews;
  readonly #root: string;
  /** By name. */
  readonly #known = new Map<string, StoredImage>();

  constructor(options: ContainerdImageStoreOptions) {
    this.#client = options.client;
    this.#views = options.views;
    this.#root = options.root;
    this.#blobs = new ContentBlobs(options.client);
    this.#leases = new ImageLeases(options.client);
    this.#records = new ImageRecords(options.client, this.#blobs);
    this.#unpacker = new LayerUnpacker(options.client, options.views.snapshotter);
  }

  lease(): Promise<ImageLease> {
    return this.#leases.open(LEASE_LIFE_MS);
  }

  async hasBlob(digest: string): Promise<boolean> {
    return (await this.#blobs.size(digest)) !== undefined;
  }

  holdBlob(digest: string, lease: ImageLease): Promise<void> {
    return this.#leases.hold(digest, lease.id);
  }

  readBlob(digest: string): Promise<Buffer> {
    return this.#blobs.read(digest);
  }

  async writeBlob(
    descriptor: Descriptor,
    source: (offset: number) => AsyncIterable<Uint8Array>,
    lease: ImageLease,
    signal?: AbortSignal,
  ): Promise<void> {
    this.#leases.note(descriptor.digest, lease.id);
    await this.#blobs.write(descriptor, source, lease, signal);
  }

  async unpack(request: UnpackRequest, lease: ImageLease, signal?: AbortSignal): Promise<StoredImage> {
    checkDigest(request.digest);
    const config = await this.#readConfig(request.config.digest);
    const diffIds = config.rootfs.diff_ids;
    if (diffIds.length !== request.layers.length) {
      const counts = `${request.layers.length} != ${diffIds.length}`;
      throw new AppError('invalid', `number of layers and diffIDs don't match: ${counts}`);
    }
    await this.#holdBlobs(request, lease);
    const { arrived, onUnpacked, maxBytes = Infinity } = request;
    const context = { lease: lease.id, signal, arrived, onUnpacked, maxBytes };
    const chain = await this.#unpacker.unpack(request.layers, diffIds, context);
    const top = chain.at(-1);
    const lowerDirs = await this.#views.open(top, lease.id);
    const snapshots = top === undefined ? [] : [top];
    await this.#records.link(request, this.#views.snapshotter, [...snapshots, this.#views.keyOf(top)]);
    await this.#records.name(request);
    const image: StoredImage = {
      name: request.name,
      digest: request.digest,
      manifestDigest: request.manifest.digest,
      configDigest: request.config.digest,
      config,
      compressedBytes: sizeOf(request.config, request.layers),
      unpackedBytes: await this.#unpackedBytes(chain),
      lowerDirs,
    };
    this.#known.set(image.name, image);
    return image;
  }

  async find(name: string, digest: string): Promise<StoredImage | undefined> {
    const record = await this.#records.find(name);
    if (record?.digest !== digest) return undefined;
    const known = this.#known.get(name);
    if (known?.digest === digest && known.manifestDigest === record.manifestDigest) return known;
    const image = await this.#load(name, record);
    if (image !== undefined) this.#known.set(name, image);
    return image;
  }

  readFile(image: StoredImage, path: string, maxBytes: number): Promise<Buffer | undefined> {
    return readLayeredFile(image.lowerDirs, path, maxBytes);
  }

  copyDirectory(image: StoredImage, path: string, target: string): Promise<boolean> {
    return copyLayeredDirectory(image.lowerDirs, path, target);
  }

  list(): Promise<readonly ListedImage[]> {
    return this.#records.list();
  }

  touch(name: string): Promise<void> {
    return this.#records.touch(name);
  }

  async space(): Promise<StoreSpace> {
    const { bsize, blocks, bavail } = await statfs(this.#root);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  }

  async remove(name: string): Promise<void> {
    this.#known.delete(name);
    await this.#records.remove(name);
  }

  /** An image as containerd has it; undefined when a part of it is missing. */
  async #load(
    name: string,
    record: { digest: string; manifestDigest: string },
  ): Promise<StoredImage | undefined> {
    if (!(await this.hasBlob(record.manifestDigest))) return undefined;
    const manifest = parseJson<ImageManifest>(await this.readBlob(record.manifestDigest), 'manifest');
    if (!(await this.hasBlob(manifest.config.digest))) return undefined;
    const config = await this.#readConfig(manifest.config.digest);
    const chain = chainIds(config.rootfs.diff_ids);
    const lowerDirs = await this.#views.find(chain.at(-1));
    if (lowerDirs === undefined) return undefined;
    return {
      name,
      digest: record.digest,
      manifestDigest: record.manifestDigest,
      configDigest: manifest.config.digest,
      config,
      compressedBytes: sizeOf(manifest.config, manifest.layers),
      unpackedBytes: await this.#unpackedBytes(chain),
      lowerDirs,
    };
  }

  async #readConfig(digest: string): Promise<ImageConfig> {
    const config = parseJson<ImageConfig>(await this.#blobs.read(digest), 'configuration');
    const diffIds: unknown = config.rootfs?.diff_ids ?? [];
    if (!Array.isArray(diffIds)) throw new AppError('invalid', "the image's configuration is malformed");
    for (const diffId of diffIds) checkDigest(String(diffId));
    return { ...config, rootfs: { type: 'layers', diff_ids: diffIds as string[] } };
  }

  /** Blobs that no call of this lease has written: from now on it holds them too. */
  async #holdBlobs(request: UnpackRequest, lease: ImageLease): Promise<void> {
    const digests = new Set([
      request.digest,
      request.manifest.digest,
      request.config.digest,
      ...request.layers.map((layer) => layer.digest),
    ]);
    await Promise.all(
      [...digests]
        .filter((digest) => !this.#leases.isNoted(digest, lease.id))
        .map((digest) =>
          this.#client.call('leaseAddResource', {
            id: lease.id,
            resource: { id: checkDigest(digest), type: 'content' },
          }),
        ),
    );
  }

  async #unpackedBytes(chain: readonly string[]): Promise<number> {
    const sizes = await Promise.all(chain.map((key) => this.#unpacker.bytes(key)));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
}

function sizeOf(config: Descriptor, layers: readonly Descriptor[]): number {
  return layers.reduce((sum, layer) => sum + layer.size, config.size);
}

function parseJson<T>(bytes: Buffer, what: string): T {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Said below.
  }
  throw new AppError('invalid', `the image's ${what} is malformed`);
}
