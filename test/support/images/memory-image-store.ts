/** An image store in memory that unpacks nothing, for tests of pulls. Notes leases, and fails where a test says so. */
import { createHash } from 'node:crypto';
import { AppError } from '../../../src/domain/errors.ts';
import type { Descriptor, ImageConfig } from '../../../src/domain/oci/types.ts';
import type { ImageLease, ImageStore, StoredImage, UnpackRequest } from '../../../src/ports/image-store.ts';

export class MemoryImageStore implements ImageStore {
  readonly blobs = new Map<string, Buffer>();
  readonly images = new Map<string, StoredImage>();
  readonly #writing = new Map<string, Promise<void>>();
  leases = 0;
  unpacked = 0;
  failWrite: AppError | undefined;
  failUnpack: AppError | undefined;

  async lease(): Promise<ImageLease> {
    this.leases += 1;
    await Promise.resolve();
    return {
      id: 'lease',
      release: async () => {
        this.leases -= 1;
        await Promise.resolve();
      },
    };
  }

  async hasBlob(digest: string): Promise<boolean> {
    return Promise.resolve(this.blobs.has(digest));
  }

  async readBlob(digest: string): Promise<Buffer> {
    const bytes = this.blobs.get(digest);
    if (bytes === undefined) throw new AppError('not-found', `no blob ${digest}`);
    return Promise.resolve(bytes);
  }

  async writeBlob(
    descriptor: Descriptor,
    source: (offset: number) => AsyncIterable<Uint8Array>,
    _lease: ImageLease,
    signal?: AbortSignal,
  ): Promise<void> {
    const { digest } = descriptor;
    await this.#writing.get(digest)?.catch(() => undefined);
    if (this.blobs.has(digest)) return;
    const write = this.#write(descriptor, source(0), signal);
    this.#writing.set(digest, write);
    await write;
  }

  async unpack({ name, digest, manifest, config, layers }: UnpackRequest): Promise<StoredImage> {
    if (this.failUnpack !== undefined) throw this.failUnpack;
    this.unpacked += 1;
    const image: StoredImage = {
      name,
      digest,
      manifestDigest: manifest.digest,
      configDigest: config.digest,
      config: JSON.parse((await this.readBlob(config.digest)).toString()) as ImageConfig,
      compressedBytes: layers.reduce((sum, layer) => sum + layer.size, config.size),
      unpackedBytes: 0,
      lowerDirs: layers.map((layer) => `/layers/${layer.digest}`).toReversed(),
    };
    this.images.set(name, image);
    return image;
  }

  async find(name: string, digest: string): Promise<StoredImage | undefined> {
    const image = this.images.get(name);
    return Promise.resolve(image?.digest === digest ? image : undefined);
  }

  async readFile(): Promise<Buffer | undefined> {
    return Promise.resolve(undefined);
  }

  async list(): Promise<string[]> {
    return Promise.resolve([...this.images.keys()]);
  }

  async remove(name: string): Promise<void> {
    this.images.delete(name);
    await Promise.resolve();
  }

  async #write(
    descriptor: Descriptor,
    source: AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<void> {
    const pieces: Uint8Array[] = [];
    for await (const piece of source) {
      if (signal?.aborted === true) throw new AppError('aborted', 'aborted');
      pieces.push(piece);
    }
    if (this.failWrite !== undefined) throw this.failWrite;
    const bytes = Buffer.concat(pieces);
    const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    if (actual !== descriptor.digest) {
      const digests = `${actual}, expected ${descriptor.digest}`;
      throw new AppError('invalid', `unexpected commit digest ${digests}: failed precondition`);
    }
    this.blobs.set(descriptor.digest, bytes);
  }
}
