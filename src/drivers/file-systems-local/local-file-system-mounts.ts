/**
 * FileSystemMounts on the machine that holds the files: a bind of a directory of the file system, or of a view where
 * somebody else than the caller acts. A bind can be left by no path.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { nodeError } from '../../linux/errno.ts';
import { attachMount, cloneMountOf } from '../../linux/mount-tree.ts';
import {
  MS_BIND,
  MS_NODEV,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REMOUNT,
  mountNow,
  unmount,
  unmountNow,
} from '../../linux/mount.ts';
import { openDirectoryInRoot } from '../../linux/open-in-root.ts';
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import { type MountPlace, MountPlaces } from '../file-system-places/mount-places.ts';
import type { LocalFileSystemViews } from './local-file-system-views.ts';
import { openViewRoot, viewSource } from './view-source.ts';

const O_PATH = 0x200000;

export interface LocalFileSystemMountsOptions {
  /** With a directory for each file system, named by its id. */
  readonly fileSystems: string;
  /** Where tasks' mounts are. Made 0700 when absent. */
  readonly dir: string;
  readonly views: LocalFileSystemViews;
}

export class LocalFileSystemMounts implements FileSystemMounts {
  readonly #fileSystems: string;
  readonly #places: MountPlaces;
  readonly #views: LocalFileSystemViews;
  readonly #perTask = new KeyedSerial();

  constructor({ fileSystems, dir, views }: LocalFileSystemMountsOptions) {
    this.#fileSystems = fileSystems;
    this.#places = new MountPlaces(dir);
    this.#views = views;
  }

  async mount(request: FileSystemMountRequest, signal: AbortSignal): Promise<{ readonly path: string }> {
    const place = this.#places.of(request.taskId, request.volume);
    const { path } = place;
    return await this.#perTask.run(request.taskId, async () => {
      signal.throwIfAborted();
      await this.#places.make(place);
      if (!(await this.#isAlive(place))) {
        unmountNow(path);
        await this.#attach(request, path);
      }
      const flags = MS_BIND | MS_REMOUNT | MS_NODEV | (request.readOnly ? MS_RDONLY : 0);
      mountNow({ source: 'none', target: path, type: 'none', flags });
      return { path };
    });
  }

  async unmount(taskId: string): Promise<void> {
    await this.#perTask.run(taskId, async () => {
      for (const place of await this.#places.ofTask(taskId)) {
        while (await this.#places.isMounted(place)) await unmount(place.path);
        await this.#places.remove(place);
      }
      await this.#places.removeTask(taskId);
    });
  }

  async list(): Promise<string[]> {
    return await this.#places.list();
  }

  /** Waits for what is running. Mounts stay: tasks outlive the agent. */
  async close(): Promise<void> {
    await this.#perTask.idle();
  }

  /** False also where what showed an access point has died. */
  async #isAlive(place: MountPlace): Promise<boolean> {
    if (!(await this.#places.isMounted(place))) return false;
    return await stat(place.path).then(
      () => true,
      () => false,
    );
  }

  async #attach(request: FileSystemMountRequest, path: string): Promise<void> {
    const directory = await this.#open(request);
    try {
      const mount = cloneMountOf(directory);
      try {
        attachMount(mount, path);
      } finally {
        closeSync(mount);
      }
      mountNow({ source: 'none', target: path, type: 'none', flags: MS_PRIVATE });
    } finally {
      closeSync(directory);
    }
  }

  /** Opens the directory that is to be mounted: of the file system itself, where callers are who they are. */
  async #open({ view, squashRoot }: FileSystemMountRequest): Promise<number> {
    const source = viewSource(view, squashRoot);
    const isDirect = source.user === undefined;
    const root = isDirect ? openViewRoot(this.#fileSystems, source) : await this.#openView(view, squashRoot);
    try {
      return openDirectoryInRoot(root, view.rootDirectory);
    } finally {
      closeSync(root);
    }
  }

  async #openView(view: FileSystemMountRequest['view'], squashRoot: boolean): Promise<number> {
    const { path } = await (squashRoot ? this.#views.openSquashed(view) : this.#views.open(view));
    try {
      return openSync(path, O_PATH | constants.O_DIRECTORY);
    } catch (error) {
      throw nodeError(error, path);
    }
  }
}
