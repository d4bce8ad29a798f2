/**
 * Brings one image into the image store: its manifest for the platform, its configuration, its layers (several at a
 * time, each going on where it broke), then unpacks it. Everything is held by a lease meanwhile.
 */
import { AppError, hasKind } from '../../domain/errors.ts';
import { isIndexType, isLayerType, isSchema1Type } from '../../domain/oci/media-types.ts';
import { formatPlatform, matchesPlatform, selectManifests } from '../../domain/oci/platform.ts';
import type { ImageReference } from '../../domain/oci/reference.ts';
import type { Descriptor, Platform } from '../../domain/oci/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageLease, ImageStore, StoredImage } from '../../ports/image-store.ts';
import type { Registry } from '../../ports/registry.ts';
import { Limiter } from './limiter.ts';
import { parseImageConfig, parseIndex, parseManifest } from './manifest.ts';
import type { ProgressMeter } from './progress.ts';
import { atStep } from './pull-step.ts';
import { Attempts, type RetryPolicy } from './retry.ts';
import type { PullNetwork } from './shared-pull.ts';

export interface FetchTools {
  readonly registry: Registry;
  readonly store: ImageStore;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly layersAtOnce: number;
  /** Over all pulls. */
  readonly limiter: Limiter;
}

export interface FetchTarget {
  readonly reference: ImageReference;
  /** The name that the image store knows the image by. */
  readonly name: string;
  /** What the reference named: a manifest or an index. */
  readonly root: Descriptor;
  readonly platform: Platform;
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
  readonly #network: PullNetwork;
  readonly #meter: ProgressMeter;

  constructor(tools: FetchTools, target: FetchTarget, network: PullNetwork, meter: ProgressMeter) {
    this.#tools = tools;
    this.#target = target;
    this.#network = network;
    this.#meter = meter;
  }

  async run(): Promise<StoredImage> {
    const { store } = this.#tools;
    const lease = await store.lease();
    try {
      const chosen = await this.#choose(lease);
      await this.#fetchContent(chosen, lease);
      this.#meter.enter('unpacking');
      const { name, root } = this.#target;
      const image = await atStep('unpack', () =>
        store.unpack({ name, digest: root.digest, ...chosen }, lease, this.#network.signal),
      );
      this.#meter.enter('done');
      return image;
    } finally {
      await lease.release();
    }
  }

  /** The manifest for the platform: the root itself, or the index's best match. */
  async #choose(lease: ImageLease): Promise<Chosen> {
    const { root, platform } = this.#target;
    refuseSchema1(root);
    const bytes = await this.#manifest(root, lease);
    if (!isIndexType(root.mediaType)) return { manifest: root, ...parseManifest(bytes) };
    for (const candidate of selectManifests(parseIndex(bytes), platform)) {
      refuseSchema1(candidate);
      const chosen = { manifest: candidate, ...parseManifest(await this.#manifest(candidate, lease)) };
      if (candidate.platform !== undefined) return chosen;
      await this.#blob(chosen.config, lease);
      const config = await this.#tools.store.readBlob(chosen.config.digest);
      if (matchesPlatform(parseImageConfig(config, chosen.layers.length), platform)) return chosen;
    }
    const message = `image Manifest does not contain descriptor matching platform '${formatPlatform(platform)}'`;
    return atStep('platform', () => Promise.reject(new AppError('not-found', message)));
  }

  /** A manifest's or index's bytes, kept in the store too. */
  async #manifest(descriptor: Descriptor, lease: ImageLease): Promise<Buffer> {
    const { registry, store, retry, clock } = this.#tools;
    const { signal } = this.#network;
    const { digest } = descriptor;
    const known = await store.hasBlob(digest);
    const bytes = known
      ? await store.readBlob(digest)
      : await atStep('copy', async (attempted) => {
          const attempts = new Attempts(retry, clock);
          for (;;) {
            attempted(attempts.count);
            try {
              const fetched = await this.#network.run(attempts.count - 1, (context) =>
                registry.manifest(this.#target.reference, digest, context),
              );
              return fetched.bytes;
            } catch (error) {
              await attempts.next(error, signal);
            }
          }
        });
    const exact = { ...descriptor, size: bytes.length };
    await store.writeBlob(exact, (offset) => piecesOf(bytes.subarray(offset)), lease, signal);
    return bytes;
  }

  async #fetchContent(chosen: Chosen, lease: ImageLease): Promise<void> {
    const { store, layersAtOnce } = this.#tools;
    const layers = [...new Map(chosen.layers.map((layer) => [layer.digest, layer])).values()];
    this.#meter.expect(
      layers.length,
      layers.reduce((sum, layer) => sum + layer.size, 0),
    );
    const failed = new AbortController();
    const mine = new Limiter(layersAtOnce);
    const signal = AbortSignal.any([failed.signal, this.#network.signal]);
    const fetchLayer = async (layer: Descriptor): Promise<void> => {
      await mine.run(() => this.#tools.limiter.run(() => this.#layer(layer, lease, signal), signal), signal);
    };
    const work = [this.#blob(chosen.config, lease, signal), ...layers.map(fetchLayer)];
    let first: unknown;
    const guarded = work.map((each) =>
      each.catch((error: unknown) => {
        first ??= error;
        failed.abort();
      }),
    );
    await Promise.all(guarded);
    if (first !== undefined) throw first;
    const config = await store.readBlob(chosen.config.digest);
    await atStep('copy', () => Promise.resolve(parseImageConfig(config, chosen.layers.length)));
  }

  async #layer(layer: Descriptor, lease: ImageLease, signal: AbortSignal): Promise<void> {
    let seen = 0;
    await this.#blob(layer, lease, signal, (count) => {
      seen += count;
      this.#meter.bytes(count);
    });
    // What was there already counts too.
    this.#meter.bytes(layer.size - seen);
    this.#meter.layerDone();
  }

  async #blob(
    descriptor: Descriptor,
    lease: ImageLease,
    signal: AbortSignal = this.#network.signal,
    onBytes: (count: number) => void = () => undefined,
  ): Promise<void> {
    await atStep('copy', async (attempted) => {
      const source = (offset: number): AsyncIterable<Uint8Array> =>
        this.#stream(descriptor, offset, { signal, attempted, onBytes });
      try {
        await this.#tools.store.writeBlob(descriptor, source, lease, signal);
      } catch (error) {
        throw withCommitRef(error, descriptor);
      }
    });
  }

  /** A blob's bytes from `offset` to the end, over as many requests as it takes. */
  async *#stream(
    descriptor: Descriptor,
    offset: number,
    on: { signal: AbortSignal; attempted: (count: number) => void; onBytes: (count: number) => void },
  ): AsyncGenerator<Uint8Array> {
    const attempts = new Attempts(this.#tools.retry, this.#tools.clock);
    let turn = 0;
    let at = offset;
    while (at < descriptor.size) {
      on.attempted(attempts.count);
      const context = this.#network.member(turn);
      try {
        const signal =
          context.signal === undefined ? on.signal : AbortSignal.any([context.signal, on.signal]);
        const pieces = this.#tools.registry.blob(this.#target.reference, descriptor.digest, at, {
          ...context,
          signal,
        });
        for await (const piece of pieces) {
          at += piece.length;
          if (at > descriptor.size) throw tooLong(descriptor);
          attempts.progress();
          on.onBytes(piece.length);
          yield piece;
        }
        if (at < descriptor.size) throw cutShort(descriptor);
      } catch (error) {
        if (context.left() && !on.signal.aborted) continue;
        await attempts.next(error, on.signal);
        turn += 1;
      }
    }
  }
}

function refuseSchema1(descriptor: Descriptor): void {
  if (!isSchema1Type(descriptor.mediaType)) return;
  throw new AppError('invalid', 'schema 1 image manifests are no longer supported');
}

/** Bytes that came whole and are not what they should be: the message needs the name that containerd gives them. */
function withCommitRef(error: unknown, { digest, mediaType }: Descriptor): unknown {
  if (!hasKind(error, 'invalid') || error.details['phase'] !== undefined) return error;
  const commitRef = `${isLayerType(mediaType) ? 'layer' : 'config'}-${digest}`;
  return new AppError('invalid', error.message, { cause: error, details: { ...error.details, commitRef } });
}

function tooLong(descriptor: Descriptor): AppError {
  return new AppError('invalid', `${descriptor.digest} is longer than ${descriptor.size} bytes`);
}

function cutShort(descriptor: Descriptor): AppError {
  return new AppError('unavailable', `${descriptor.digest} ended early`, { details: { phase: 'body' } });
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  if (bytes.length > 0) yield bytes;
}
