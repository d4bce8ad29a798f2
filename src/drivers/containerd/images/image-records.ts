/**
 * Named images in containerd, and the labels that keep what they need from being collected:
 * image -> index or manifest; index -> manifest; manifest -> configuration and layers; configuration -> snapshots.
 */
import { AppError, hasKind } from '../../../domain/errors.ts';
import type { Descriptor } from '../../../domain/oci/types.ts';
import type { ListedImage, UnpackRequest } from '../../../ports/image-store.ts';
import type { ContainerdClient } from '../grpc/containerd-client.ts';
import type { ContentBlobs } from './content-blobs.ts';
import type { Request } from '../proto/message-types.ts';
import { epochMs } from '../timestamps.ts';

const DIGEST_LABEL = 'neargate/digest';
const MANIFEST_LABEL = 'neargate/manifest';
const CONTENT_REF = 'containerd.io/gc.ref.content';
const SNAPSHOT_REF = 'containerd.io/gc.ref.snapshot';
const DEFAULT_INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

export interface ImageRecord {
  readonly digest: string;
  readonly manifestDigest: string;
}

export class ImageRecords {
  readonly #client: ContainerdClient;
  readonly #blobs: ContentBlobs;

  constructor(client: ContainerdClient, blobs: ContentBlobs) {
    this.#client = client;
    this.#blobs = blobs;
  }

  /** Labels the blobs of an image; `snapshots` are what its configuration is to keep. */
  async link(request: UnpackRequest, snapshotter: string, snapshots: readonly string[]): Promise<void> {
    const { manifest, config, layers } = request;
    const ofManifest: Record<string, string> = { [`${CONTENT_REF}.config`]: config.digest };
    for (const [index, layer] of layers.entries()) ofManifest[`${CONTENT_REF}.l.${index}`] = layer.digest;
    const ofConfig: Record<string, string> = {};
    for (const [index, name] of snapshots.entries()) {
      // A key may go on behind a slash: several references to one snapshotter.
      ofConfig[`${SNAPSHOT_REF}.${snapshotter}${index === 0 ? '' : `/${index}`}`] = name;
    }
    const work = [this.#label(manifest.digest, ofManifest), this.#label(config.digest, ofConfig)];
    if (request.digest !== manifest.digest && (await this.#blobs.size(request.digest)) !== undefined) {
      work.push(this.#label(request.digest, { [`${CONTENT_REF}.m.0`]: manifest.digest }));
    }
    await Promise.all(work);
  }

  /** Names the image, or moves the name to it. */
  async name(request: UnpackRequest): Promise<void> {
    const image: Request<'Image'> = {
      name: request.name,
      target: await this.#target(request),
      labels: { [DIGEST_LABEL]: request.digest, [MANIFEST_LABEL]: request.manifest.digest },
    };
    try {
      await this.#client.call('imageCreate', { image });
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
      await this.#client.call('imageUpdate', { image, updateMask: { paths: ['target', 'labels'] } });
    }
  }

  async find(name: string): Promise<ImageRecord | undefined> {
    try {
      const { image } = await this.#client.call('imageGet', { name });
      const digest = image?.labels[DIGEST_LABEL];
      const manifestDigest = image?.labels[MANIFEST_LABEL];
      if (digest === undefined || manifestDigest === undefined) return undefined;
      return { digest, manifestDigest };
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  async list(): Promise<ListedImage[]> {
    const { images } = await this.#client.call('imageList', { filters: [`labels."${DIGEST_LABEL}"`] });
    return images.map(({ name, updatedAt }) => ({ name, touchedAt: epochMs(updatedAt) ?? 0 }));
  }

  /** containerd notes the time of each change, also of one that changes nothing. */
  async touch(name: string): Promise<void> {
    try {
      const { image } = await this.#client.call('imageGet', { name });
      if (image === undefined) return;
      const { labels, target } = image;
      await this.#client.call('imageUpdate', {
        image: { name, labels, ...(target !== undefined && { target }) },
        updateMask: { paths: ['labels'] },
      });
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }

  /** Waits for the collection, so that the room is free afterwards. */
  async remove(name: string): Promise<void> {
    try {
      await this.#client.call('imageDelete', { name, sync: true });
    } catch (error) {
      if (!hasKind(error, 'not-found')) throw error;
    }
  }

  async #label(digest: string, labels: Record<string, string>): Promise<void> {
    await this.#client.call('contentUpdate', {
      info: { digest, labels },
      updateMask: { paths: Object.keys(labels).map((key) => `labels.${key}`) },
    });
  }

  /** What the name points to: the index where its blob is there, or the manifest. */
  async #target(request: UnpackRequest): Promise<Pick<Descriptor, 'mediaType' | 'digest' | 'size'>> {
    const { mediaType, digest, size } = request.manifest;
    if (request.digest === digest) return { mediaType, digest, size };
    const indexSize = await this.#blobs.size(request.digest);
    if (indexSize === undefined) return { mediaType, digest, size };
    const index = parse(await this.#blobs.read(request.digest));
    const indexType = typeof index['mediaType'] === 'string' ? index['mediaType'] : DEFAULT_INDEX_TYPE;
    return { mediaType: indexType, digest: request.digest, size: indexSize };
  }
}

function parse(bytes: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new AppError('invalid', "the image's index is malformed", { cause });
  }
}
