/**
 * Brings one image into the image store: its manifest for the platform, its configuration, its layers (several at a
 * time); each layer is unpacked as soon as it and those below are there.
 */
import { AppError } from '../../domain/errors.ts';
import { isIndexType, isSchema1Type } from '../../domain/oci/media-types.ts';
import { formatPlatform, matchesPlatform, selectManifests } from '../../domain/oci/platform.ts';
import type { ImageReference } from '../../domain/oci/reference.ts';
import type { Descriptor, Platform } from '../../domain/oci/types.ts';
import type { ImageLease, StoredImage } from '../../ports/image-store.ts';
import type { RegistryContext } from '../../ports/registry.ts';
import { BlobFetcher, type BlobTools } from './fetch-blob.ts';
import { Limiter } from '../limiter.ts';
import { parseImageConfig, parseIndex, parseManifest } from './manifest.ts';
import type { ProgressMeter } from './progress.ts';
import { atStep } from './pull-step.ts';

export interface FetchTools extends BlobTools {
  readonly layersAtOnce: number;
}

export interface FetchTarget {
  readonly reference: ImageReference;
  /** The name that the image store knows the image by. */
  readonly name: string;
  /** What the reference named: a manifest or an index. */
  readonly root: Descriptor;
  readonly platform: Platform;
  /** PullRequest.roomBytes. */
  readonly roomBytes: number;
  /** The network, and the user, of the task. */
  readonly context: Omit<RegistryContext, 'signal'>;
}

export interface FetchSurroundings {
  /** Holds all that is fetched. */
  readonly lease: ImageLease;
  readonly meter: ProgressMeter;
  /** Called when an attempt has failed, whether or not there will be another. */
  readonly onTrouble: () => void;
}

interface Chosen {
  readonly manifest: Descriptor;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** One image's journey from registry to store. */
export class ImageFetch {
  readonly #tools: FetchTools;
  readonly #target: FetchTarget;
  readonly #around: FetchSurroundings;

  constructor(tools: FetchTools, target: FetchTarget, around: FetchSurroundings) {
    this.#tools = tools;
    this.#target = target;
    this.#around = around;
  }

  async run(signal: AbortSignal): Promise<StoredImage> {
    const { reference, context } = this.#target;
    const { lease, meter, onTrouble } = this.#around;
    const blobs = new BlobFetcher(this.#tools, { reference, context, lease, onTrouble });
    const chosen = await this.#choose(blobs, signal);
    await atStep('copy', async () => this.#roomFor(chosen));
    const image = await this.#bring(chosen, blobs, signal);
    meter.enter('done');
    return image;
  }

  /** The manifest for the platform: the root itself, or the index's best match. */
  async #choose(blobs: BlobFetcher, signal: AbortSignal): Promise<Chosen> {
    const { root, platform } = this.#target;
    refuseSchema1(root);
    const bytes = await blobs.manifest(root, signal);
    if (!isIndexType(root.mediaType)) return { manifest: root, ...parseManifest(bytes) };
    for (const candidate of selectManifests(parseIndex(bytes), platform)) {
      refuseSchema1(candidate);
      const manifest = parseManifest(await blobs.manifest(candidate, signal));
      const chosen = { manifest: candidate, ...manifest };
      if (candidate.platform !== undefined) return chosen;
      await blobs.blob(chosen.config, signal);
      const config = await this.#tools.store.readBlob(chosen.config.digest);
      if (matchesPlatform(parseImageConfig(config, chosen.layers.length), platform)) return chosen;
    }
    const message = `image Manifest does not contain descriptor matching platform '${formatPlatform(platform)}'`;
    return atStep('platform', () => Promise.reject(new AppError('not-found', message)));
  }

  /** Fetches and unpacks at the same time. The first failure ends all of it, and is the one that is told. */
  async #bring(chosen: Chosen, blobs: BlobFetcher, outer: AbortSignal): Promise<StoredImage> {
    const failed = new AbortController();
    const signal = AbortSignal.any([failed.signal, outer]);
    let first: unknown;
    const guarded = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        first ??= error;
        failed.abort();
        throw error;
      }
    };
    const layers = new Map<string, Promise<void>>();
    for (const [digest, fetching] of this.#fetchLayers(chosen, blobs, signal)) {
      layers.set(digest, guarded(fetching));
    }
    const unpacking = guarded(this.#unpack(chosen, layers, blobs, signal));
    const outcomes = await Promise.allSettled([unpacking, ...layers.values()]);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw first;
    return unpacking;
  }

  /** What is left for what is made of the layers. What does not even fit as it is fetched is not fetched. */
  #roomFor({ config, layers }: Chosen): number {
    const left = layers.reduce((room, { size }) => room - size, this.#target.roomBytes - config.size);
    if (left >= 0) return left;
    throw new AppError('failed-precondition', 'the image is larger than its task’s disk', {
      details: { errno: 'ENOSPC' },
    });
  }

  /** Begins with the lowest layers, which are unpacked first. An image may have the same layer more than once. */
  #fetchLayers(chosen: Chosen, blobs: BlobFetcher, signal: AbortSignal): Map<string, Promise<void>> {
    const { meter } = this.#around;
    const layers = [...new Map(chosen.layers.map((layer) => [layer.digest, layer])).values()];
    const bytes = layers.reduce((sum, layer) => sum + layer.size, 0);
    meter.expect(layers.length, bytes);
    const mine = new Limiter(this.#tools.layersAtOnce);
    const fetchLayer = async (layer: Descriptor): Promise<void> => {
      await mine.run(
        () => blobs.blob(layer, signal, (count) => meter.layerBytes(layer.digest, count)),
        signal,
      );
      // What was there already counts too.
      meter.layerDone(layer.digest, layer.size);
    };
    return new Map(layers.map((layer) => [layer.digest, fetchLayer(layer)]));
  }

  async #unpack(
    chosen: Chosen,
    layers: ReadonlyMap<string, Promise<void>>,
    blobs: BlobFetcher,
    signal: AbortSignal,
  ): Promise<StoredImage> {
    const { store } = this.#tools;
    const { name, root } = this.#target;
    await blobs.blob(chosen.config, signal);
    const config = await store.readBlob(chosen.config.digest);
    await atStep('copy', () => Promise.resolve(parseImageConfig(config, chosen.layers.length)));
    const request = {
      name,
      digest: root.digest,
      ...chosen,
      maxBytes: this.#roomFor(chosen),
      arrived: async ({ digest }: Descriptor) => layers.get(digest),
      onUnpacked: () => this.#around.meter.layerUnpacked(),
    };
    return atStep('unpack', () => store.unpack(request, this.#around.lease, signal));
  }
}

function refuseSchema1(descriptor: Descriptor): void {
  if (!isSchema1Type(descriptor.mediaType)) return;
  throw new AppError('invalid', 'schema 1 image manifests are no longer supported');
}
