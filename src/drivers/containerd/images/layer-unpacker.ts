/**
 * Layers from blobs to snapshots: each is applied on top of the one below and committed under its chain id, so that
 * images share what they have in common. The result of each is compared with the diff id that the image's
 * configuration promises.
 */
import { createHash, randomUUID } from 'node:crypto';
import { AppError, hasKind } from '../../../domain/errors.ts';
import { DOCKER_LAYER_ZSTD, OCI_LAYER_ZSTD } from '../../../domain/oci/media-types.ts';
import type { Descriptor } from '../../../domain/oci/types.ts';
import { LEAST_BYTES_A_FILE } from '../../../ports/image-store.ts';
import { assertNotAborted } from '../aborted.ts';
import { bounded, noRoom } from './bounded-extraction.ts';
import type { ContainerdClient } from '../grpc/containerd-client.ts';
import { KeyedSerial } from '../../../domain/keyed-serial.ts';
import type { Response } from '../proto/message-types.ts';

export interface UnpackContext {
  readonly lease: string;
  readonly signal?: AbortSignal | undefined;
  readonly arrived?: ((layer: Descriptor) => Promise<void>) | undefined;
  readonly onUnpacked?: (() => void) | undefined;
  /** Of all layers, on disk. */
  readonly maxBytes: number;
}

/** A very large layer on a slow disk. */
const APPLY_TIMEOUT_MS = 60 * 60_000;

/** Names of the snapshots of an image's layers, the lowest first. */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const parent = chain.at(-1);
    chain.push(
      parent === undefined
        ? diffId
        : `sha256:${createHash('sha256').update(`${parent} ${diffId}`).digest('hex')}`,
    );
  }
  return chain;
}

export class LayerUnpacker {
  readonly #client: ContainerdClient;
  readonly #snapshotter: string;
  readonly #unpacking = new KeyedSerial();

  constructor(client: ContainerdClient, snapshotter: string) {
    this.#client = client;
    this.#snapshotter = snapshotter;
  }

  /** Unpacks what is missing. `layers` and `diffIds` belong together. Resolves with the chain ids. */
  async unpack(
    layers: readonly Descriptor[],
    diffIds: readonly string[],
    context: UnpackContext,
  ): Promise<string[]> {
    const chain = chainIds(diffIds);
    let leftBytes = context.maxBytes;
    for (const [index, layer] of layers.entries()) {
      const name = chain[index] as string;
      const parent = chain[index - 1] ?? '';
      const diffId = diffIds[index] as string;
      await context.arrived?.(layer);
      await this.#unpacking.run(name, async () => {
        assertNotAborted(context.signal);
        if (!(await this.#isHeld(name, context.lease))) {
          await this.#apply({ layer, diffId, name, parent, maxBytes: leftBytes }, context);
        }
      });
      leftBytes -= await this.#room(name);
      if (leftBytes < 0) throw noRoom();
      context.onUnpacked?.();
    }
    return chain;
  }

  async exists(name: string): Promise<boolean> {
    try {
      await this.#client.call('snapshotStat', { snapshotter: this.#snapshotter, key: name });
      return true;
    } catch (error) {
      if (hasKind(error, 'not-found')) return false;
      throw error;
    }
  }

  /** What a snapshot's own files take on disk. */
  async bytes(key: string): Promise<number> {
    return (await this.#usage(key)).size;
  }

  async #room(key: string): Promise<number> {
    const { size, inodes } = await this.#usage(key);
    return Math.max(size, inodes * LEAST_BYTES_A_FILE);
  }

  #usage(key: string): Promise<Response<'SnapshotUsageResponse'>> {
    return this.#client.call('snapshotUsage', { snapshotter: this.#snapshotter, key });
  }

  /** False when the snapshot is not there: whoever makes it then holds it by that. Holding takes a write to disk. */
  async #isHeld(name: string, lease: string): Promise<boolean> {
    if (!(await this.exists(name))) return false;
    await this.#hold(name, lease);
    // It may have been collected just before.
    return this.exists(name);
  }

  /** Lets the lease hold a snapshot that another lease, or an image, has made. */
  async #hold(name: string, lease: string): Promise<void> {
    const resource = { id: name, type: `snapshots/${this.#snapshotter}` };
    try {
      await this.#client.call('leaseAddResource', { id: lease, resource });
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
    }
  }

  async #apply(
    step: { layer: Descriptor; diffId: string; name: string; parent: string; maxBytes: number },
    context: UnpackContext,
  ): Promise<void> {
    const snapshotter = this.#snapshotter;
    const key = `neargate-unpack-${randomUUID()}`;
    const labels = { 'containerd.io/snapshot.ref': step.name };
    try {
      const { mounts } = await this.#client.call(
        'snapshotPrepare',
        { snapshotter, key, parent: step.parent, labels },
        context,
      );
      const { applied } = await bounded(
        { bytes: () => this.#room(key), maxBytes: step.maxBytes, signal: context.signal },
        (signal) =>
          this.#client.call(
            'diffApply',
            { diff: toWire(step.layer), mounts },
            { ...context, signal, timeoutMs: APPLY_TIMEOUT_MS },
          ),
      );
      if (applied?.digest !== step.diffId) {
        throw new AppError(
          'invalid',
          `wrong diff id calculated on extraction: ${applied?.digest}, and the image says ${step.diffId}`,
        );
      }
      await this.#client.call('snapshotCommit', { snapshotter, name: step.name, key, labels }, context);
    } catch (error) {
      await this.#discard(key);
      if (hasKind(error, 'already-exists') && (await this.#isHeld(step.name, context.lease))) return;
      // A layer that cannot be extracted: containerd has no class for that.
      if (hasKind(error, 'internal')) throw new AppError('invalid', error.message, { cause: error });
      throw error;
    }
  }

  async #discard(key: string): Promise<void> {
    try {
      await this.#client.call('snapshotRemove', { snapshotter: this.#snapshotter, key });
    } catch (error) {
      // Committed, or never made. What cannot be removed now goes with the lease.
      if (!hasKind(error, 'not-found') && !hasKind(error, 'failed-precondition')) throw error;
    }
  }
}

/** containerd reads the compression off the media type, and knows zstd by OCI's name only. */
function toWire({ mediaType, digest, size }: Descriptor): Pick<Descriptor, 'mediaType' | 'digest' | 'size'> {
  return { mediaType: mediaType === DOCKER_LAYER_ZSTD ? OCI_LAYER_ZSTD : mediaType, digest, size };
}
