/**
 * Where an image's layers lie on disk. One read-only view a chain of layers is made and kept, shared by all containers:
 * its mounts name the directories. It lives as long as an image's configuration refers to it by label, or a container
 * record does.
 */
import { AppError, hasKind } from '../../../domain/errors.ts';
import type { ContainerdClient } from '../grpc/containerd-client.ts';
import type { Response } from '../proto/message-types.ts';

export class ImageViews {
  readonly #client: ContainerdClient;
  readonly snapshotter: string;
  /** Topmost lower directory -> key of the view. */
  readonly #keys = new Map<string, string>();

  constructor(client: ContainerdClient, snapshotter: string) {
    this.#client = client;
    this.snapshotter = snapshotter;
  }

  /** The key of the view of a chain of layers; an image without layers has one too. */
  keyOf(topChainId: string | undefined): string {
    return `neargate-view-${topChainId ?? 'empty'}`;
  }

  /** The lower directories, the topmost first; the view is made where it is missing and held by the lease. */
  async open(topChainId: string | undefined, lease: string): Promise<string[]> {
    const key = this.keyOf(topChainId);
    const { snapshotter } = this;
    await this.#hold(key, lease);
    try {
      await this.#client.call('snapshotView', { snapshotter, key, parent: topChainId ?? '' }, { lease });
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
    }
    const directories = await this.find(topChainId);
    if (directories === undefined) throw new AppError('internal', `the view ${key} was collected`);
    return directories;
  }

  /** The lower directories of a view that is there. */
  async find(topChainId: string | undefined): Promise<string[] | undefined> {
    const key = this.keyOf(topChainId);
    try {
      const { mounts } = await this.#client.call('snapshotMounts', { snapshotter: this.snapshotter, key });
      const directories = lowerDirectories(mounts);
      this.#keys.set(directories[0] as string, key);
      return directories;
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** The view that these lower directories come from, for a container's record to refer to. */
  keyFor(lowerDirs: readonly string[]): string | undefined {
    return lowerDirs[0] === undefined ? undefined : this.#keys.get(lowerDirs[0]);
  }

  async #hold(key: string, lease: string): Promise<void> {
    const resource = { id: key, type: `snapshots/${this.snapshotter}` };
    try {
      await this.#client.call('leaseAddResource', { id: lease, resource });
    } catch (error) {
      if (!hasKind(error, 'already-exists')) throw error;
    }
  }
}

/** A view's mount is an overlay of several layers, or a read-only bind of the single one. */
export function lowerDirectories(mounts: readonly Response<'Mount'>[]): string[] {
  const [mount] = mounts;
  if (mount === undefined || mounts.length > 1) {
    throw new AppError('internal', `a view has ${mounts.length} mounts, and one is expected`);
  }
  if (mount.type === 'bind') return [mount.source];
  const lower = mount.options.find((option) => option.startsWith('lowerdir='));
  if (mount.type !== 'overlay' || lower === undefined) {
    throw new AppError('internal', `a view is mounted as ${mount.type}, which has no layers`);
  }
  return lower.slice('lowerdir='.length).split(':');
}
