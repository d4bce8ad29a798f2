/**
 * An image store in memory: no root, and no disk but for directories that are copied out of it. Blobs are verified and
 * layers really unpacked (into memory), so that a pull against it finds what is wrong with an image; `lowerDirs` are
 * names only. What neither a lease nor an image holds is collected at once.
 */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { AppError } from '../../domain/errors.ts';
import type { Descriptor, ImageConfig } from '../../domain/oci/types.ts';
import { writeTree } from '../../linux/write-tree.ts';
import {
  type ImageLease,
  type ImageStore,
  LEAST_BYTES_A_FILE,
  type ListedImage,
  type StoredImage,
  type StoreSpace,
  type UnpackRequest,
} from '../../ports/image-store.ts';
import { FileTree } from './file-tree.ts';
import { sourceTree } from './source-tree.ts';
import { readTar } from './tar-reader.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_LAYER_BYTES = 1024 * 1024 * 1024;

type Source = (offset: number) => AsyncIterable<Uint8Array>;

interface NamedImage {
  readonly stored: StoredImage;
  readonly blobs: ReadonlySet<string>;
  readonly touchedAt: number;
}

export interface FakeImageStoreOptions {
  /** Default: the system's clock. */
  readonly now?: () => number;
  /** Of its file system, which nothing else is on. */
  readonly totalBytes?: number;
}

const GIB = 1024 * 1024 * 1024;

export class FakeImageStore implements ImageStore {
  readonly #blobs = new Map<string, Buffer>();
  /** What broken writes have left, to go on from. */
  readonly #parts = new Map<string, Buffer[]>();
  readonly #writing = new Map<string, Promise<void>>();
  readonly #leases = new Map<string, Set<string>>();
  readonly #kept: Set<string>[] = [];
  readonly #images = new Map<string, NamedImage>();
  /** By manifest digest. */
  readonly #trees = new Map<string, FileTree>();
  readonly #now: () => number;
  readonly #totalBytes: number;
  #leaseCount = 0;

  constructor({ now = Date.now, totalBytes = GIB }: FakeImageStoreOptions = {}) {
    this.#now = now;
    this.#totalBytes = totalBytes;
  }

  async lease(): Promise<ImageLease> {
    await Promise.resolve();
    this.#leaseCount += 1;
    const id = `lease-${this.#leaseCount}`;
    this.#leases.set(id, new Set());
    const release = async (keepMs = 0): Promise<void> => {
      await Promise.resolve();
      // Nothing here is as old as that.
      if (keepMs > 0) this.#kept.push(this.#leases.get(id) ?? new Set());
      this.#leases.delete(id);
      this.#collect();
    };
    return { id, release };
  }

  /** Test: leases that nobody has released. */
  get openLeases(): number {
    return this.#leases.size;
  }

  async hasBlob(digest: string): Promise<boolean> {
    await Promise.resolve();
    return this.#blobs.has(digest);
  }

  async holdBlob(digest: string, lease: ImageLease): Promise<void> {
    await Promise.resolve();
    this.#held(lease).add(digest);
  }

  async readBlob(digest: string): Promise<Buffer> {
    await Promise.resolve();
    const blob = this.#blobs.get(digest);
    if (blob === undefined) throw new AppError('not-found', `no blob ${digest}`);
    return blob;
  }

  async writeBlob(
    descriptor: Descriptor,
    source: Source,
    lease: ImageLease,
    signal?: AbortSignal,
  ): Promise<void> {
    const { digest } = descriptor;
    if (!DIGEST.test(digest)) throw new AppError('invalid', `no digest: ${JSON.stringify(digest)}`);
    this.#held(lease).add(digest);
    const before = this.#writing.get(digest) ?? Promise.resolve();
    const writing = before.catch(() => undefined).then(() => this.#write(descriptor, source, signal));
    this.#writing.set(digest, writing);
    try {
      await writing;
    } finally {
      if (this.#writing.get(digest) === writing) this.#writing.delete(digest);
    }
  }

  async unpack(request: UnpackRequest, lease: ImageLease, signal?: AbortSignal): Promise<StoredImage> {
    const { manifest, config, layers } = request;
    for (const { digest } of [manifest, config, ...layers]) this.#held(lease).add(digest);
    const imageConfig = parseConfig(await this.readBlob(config.digest));
    const diffIds = imageConfig.rootfs.diff_ids;
    if (diffIds.length !== layers.length) {
      const counts = `${layers.length} != ${diffIds.length}`;
      throw new AppError('invalid', `number of layers and diffIDs don't match: ${counts}`);
    }
    const tree = new FileTree();
    for (const [index, layer] of layers.entries()) {
      await request.arrived?.(layer);
      assertGoing(signal);
      const tar = decompress(await this.readBlob(layer.digest));
      if (sha256(tar) !== diffIds[index]) {
        throw new AppError('invalid', `wrong diff id calculated on extraction: ${sha256(tar)}`);
      }
      tree.apply(readTar(tar));
      if (Math.max(tree.bytes, tree.count * LEAST_BYTES_A_FILE) > (request.maxBytes ?? Infinity)) {
        const details = { errno: 'ENOSPC' };
        throw new AppError('failed-precondition', 'no space left on device', { details });
      }
      request.onUnpacked?.();
    }
    const stored: StoredImage = {
      name: request.name,
      digest: request.digest,
      manifestDigest: manifest.digest,
      configDigest: config.digest,
      config: imageConfig,
      compressedBytes: layers.reduce((sum, layer) => sum + layer.size, config.size),
      unpackedBytes: tree.bytes,
      lowerDirs: diffIds.toReversed().map((diffId) => `/fake/layers/${diffId}`),
    };
    const blobs = new Set([request.digest, ...[manifest, config, ...layers].map(({ digest }) => digest)]);
    this.#trees.set(manifest.digest, tree);
    this.#images.set(request.name, { stored, blobs, touchedAt: this.#now() });
    return stored;
  }

  async find(name: string, digest: string): Promise<StoredImage | undefined> {
    await Promise.resolve();
    const image = this.#images.get(name)?.stored;
    return image?.digest === digest ? image : undefined;
  }

  async readFile(image: StoredImage, path: string, maxBytes: number): Promise<Buffer | undefined> {
    await Promise.resolve();
    const node = this.#trees.get(image.manifestDigest)?.find(path);
    return node?.type === 'file' ? node.content.subarray(0, maxBytes) : undefined;
  }

  async copyDirectory(image: StoredImage, path: string, target: string): Promise<boolean> {
    const node = this.#trees.get(image.manifestDigest)?.find(path);
    if (node?.type !== 'directory') return false;
    await writeTree(target, sourceTree(node));
    return true;
  }

  async list(): Promise<readonly ListedImage[]> {
    await Promise.resolve();
    return [...this.#images].map(([name, { touchedAt }]) => ({ name, touchedAt }));
  }

  async touch(name: string): Promise<void> {
    await Promise.resolve();
    const image = this.#images.get(name);
    if (image !== undefined) this.#images.set(name, { ...image, touchedAt: this.#now() });
  }

  async space(): Promise<StoreSpace> {
    await Promise.resolve();
    const blobs = [...this.#blobs.values()].reduce((sum, blob) => sum + blob.length, 0);
    const unpacked = [...this.#trees.values()].reduce((sum, tree) => sum + tree.bytes, 0);
    return { totalBytes: this.#totalBytes, freeBytes: this.#totalBytes - blobs - unpacked };
  }

  async remove(name: string): Promise<void> {
    await Promise.resolve();
    this.#images.delete(name);
    this.#collect();
  }

  async #write({ digest, size }: Descriptor, source: Source, signal?: AbortSignal): Promise<void> {
    if (this.#blobs.has(digest)) return;
    const parts = this.#parts.get(digest) ?? [];
    this.#parts.set(digest, parts);
    let at = parts.reduce((sum, part) => sum + part.length, 0);
    assertGoing(signal);
    for await (const piece of source(at)) {
      assertGoing(signal);
      at += piece.length;
      if (at > size) {
        this.#parts.delete(digest);
        throw new AppError('invalid', `${digest} is longer than ${size} bytes`);
      }
      parts.push(Buffer.from(piece));
    }
    if (at < size) throw new AppError('unavailable', `${digest} ended after ${at} of ${size} bytes`);
    this.#parts.delete(digest);
    const bytes = Buffer.concat(parts);
    if (sha256(bytes) !== digest) throw new AppError('invalid', `${digest} is ${sha256(bytes)} in truth`);
    this.#blobs.set(digest, bytes);
  }

  #held(lease: ImageLease): Set<string> {
    const held = this.#leases.get(lease.id);
    if (held === undefined) throw new AppError('not-found', `no lease ${lease.id}`);
    return held;
  }

  #collect(): void {
    const holders = [
      ...this.#leases.values(),
      ...this.#kept,
      ...[...this.#images.values()].map(({ blobs }) => blobs),
    ];
    const isHeld = (digest: string): boolean => holders.some((holder) => holder.has(digest));
    for (const blobs of [this.#blobs, this.#parts, this.#trees]) {
      for (const digest of blobs.keys()) if (!isHeld(digest)) blobs.delete(digest);
    }
  }
}

function decompress(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_LAYER_BYTES });
  } catch (cause) {
    throw new AppError('invalid', 'the layer cannot be decompressed', { cause });
  }
}

function parseConfig(bytes: Buffer): ImageConfig {
  try {
    const config = JSON.parse(bytes.toString('utf8')) as ImageConfig;
    if (Array.isArray(config.rootfs?.diff_ids)) return config;
  } catch {
    // Said below.
  }
  throw new AppError('invalid', "the image's configuration is malformed");
}

function assertGoing(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('aborted', 'the call was cancelled');
}

function sha256(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
