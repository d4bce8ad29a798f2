/**
 * Brings single blobs into the image store for one pull, by that pull's network: layers, configurations, manifests. Each
 * is fetched once however many pulls need it, and goes on where it broke.
 */
import { AppError, hasKind } from '../../domain/errors.ts';
import { isLayerType } from '../../domain/oci/media-types.ts';
import type { ImageReference } from '../../domain/oci/reference.ts';
import type { Descriptor } from '../../domain/oci/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ImageLease, ImageStore } from '../../ports/image-store.ts';
import type { Registry, RegistryContext } from '../../ports/registry.ts';
import type { BlobTurns, Turn } from './blob-turns.ts';
import type { Limiter } from '../limiter.ts';
import { atStep } from './pull-step.ts';
import { Attempts, type RetryPolicy } from './retry.ts';

export interface BlobTools {
  readonly registry: Registry;
  readonly store: ImageStore;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly turns: BlobTurns;
  /** Over all pulls. */
  readonly limiter: Limiter;
}

export interface BlobPlace {
  readonly reference: ImageReference;
  readonly context: Omit<RegistryContext, 'signal'>;
  readonly lease: ImageLease;
  /** Called when an attempt has failed. */
  readonly onTrouble: () => void;
}

export class BlobFetcher {
  readonly #tools: BlobTools;
  readonly #place: BlobPlace;

  constructor(tools: BlobTools, place: BlobPlace) {
    this.#tools = tools;
    this.#place = place;
  }

  /** A blob of known size; `onBytes` is told how much of it is there. */
  async blob(
    descriptor: Descriptor,
    signal: AbortSignal,
    onBytes: (bytes: number) => void = () => undefined,
  ): Promise<void> {
    const { store, limiter } = this.#tools;
    const { lease } = this.#place;
    await this.#attempted(descriptor, signal, onBytes, async (turn, progress) => {
      const source = (offset: number): AsyncIterable<Uint8Array> =>
        this.#request(descriptor, offset, turn, progress);
      const write = (): Promise<void> => store.writeBlob(descriptor, source, lease, turn.signal);
      if (await store.hasBlob(descriptor.digest)) await write();
      else await limiter.run(write, turn.signal);
    });
  }

  /** A manifest's or index's bytes, kept in the store too. */
  async manifest(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer> {
    const { registry, store } = this.#tools;
    const { reference, context, lease } = this.#place;
    const { digest } = descriptor;
    await this.#attempted(
      descriptor,
      signal,
      () => undefined,
      async (turn) => {
        // Held first: another pull that held it may end between the look and the use.
        await store.holdBlob(digest, lease);
        const bytes = (await store.hasBlob(digest))
          ? await store.readBlob(digest)
          : (await registry.manifest(reference, digest, { ...context, signal: turn.signal })).bytes;
        const exact = { ...descriptor, size: bytes.length };
        await store.writeBlob(exact, (offset) => piecesOf(bytes.subarray(offset)), lease, turn.signal);
      },
    );
    return store.readBlob(digest);
  }

  /** Attempts by turns with whoever else needs the blob. */
  async #attempted(
    descriptor: Descriptor,
    signal: AbortSignal,
    onBytes: (bytes: number) => void,
    work: (turn: Turn, progress: () => void) => Promise<void>,
  ): Promise<void> {
    const { turns, store, retry, clock } = this.#tools;
    const { lease, onTrouble } = this.#place;
    const { digest } = descriptor;
    const member = { signal, onBytes, onWait: () => store.holdBlob(digest, lease) };
    await atStep('copy', async (attempted) => {
      const attempts = new Attempts(retry, clock);
      for (;;) {
        attempted(attempts.count);
        try {
          const isDone = await turns.run(digest, member, (turn) => work(turn, () => attempts.progress()));
          if (isDone) return;
        } catch (error) {
          onTrouble();
          await attempts.next(withCommitRef(error, descriptor), signal);
        }
      }
    });
  }

  /** A blob's bytes from `offset` on, by one request. */
  async *#request(
    descriptor: Descriptor,
    offset: number,
    turn: Turn,
    progress: () => void,
  ): AsyncGenerator<Uint8Array> {
    const { reference, context } = this.#place;
    const { digest, size } = descriptor;
    let at = offset;
    turn.tell(at);
    if (at >= size) return;
    const pieces = this.#tools.registry.blob(reference, digest, at, { ...context, signal: turn.signal });
    for await (const piece of pieces) {
      at += piece.length;
      if (at > size) throw new AppError('invalid', `${digest} is longer than ${size} bytes`);
      progress();
      turn.tell(at);
      yield piece;
    }
    if (at < size) throw new AppError('unavailable', `${digest} ended early`, { details: { phase: 'body' } });
  }
}

/** Bytes that came whole and are not what they should be: the message needs the name that containerd gives them. */
function withCommitRef(error: unknown, { digest, mediaType }: Descriptor): unknown {
  if (!hasKind(error, 'invalid') || error.details['phase'] !== undefined) return error;
  if (error.details['expectedDigest'] !== undefined) return error;
  const commitRef = `${isLayerType(mediaType) ? 'layer' : 'config'}-${digest}`;
  return new AppError('invalid', error.message, { cause: error, details: { ...error.details, commitRef } });
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  if (bytes.length > 0) yield bytes;
}
