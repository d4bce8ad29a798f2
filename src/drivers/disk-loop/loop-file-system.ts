/**
 * One file system of a task: `<dir>/<name>.img` holds an ext4 of the asked size, mounted at `<dir>/<name>/`. The file
 * takes room as the task writes. There is no journal: a task does not outlive its machine's crash, so neither need its
 * disk.
 *
 * Neither nodev nor nosuid: image layers and volumes hold set-user-id programs, as on Fargate, and device nodes are
 * held off by the container's device cgroup. Users of the machine cannot come near: the directory is 0700.
 */
import { access, chmod, type FileHandle, mkdir, open, rmdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { hasKind } from '../../domain/errors.ts';
import { nodeError } from '../../linux/errno.ts';
import { makeEncryptedDirectory } from '../../linux/fscrypt.ts';
import { shutDownFileSystem, trimFileSystem } from '../../linux/file-system.ts';
import { loopBackingFile, loopCounters, type LoopDevices, loopNumber } from '../../linux/loop-device.ts';
import { mount, unmount } from '../../linux/mount.ts';
import { writeExtents } from '../../linux/sparse-file.ts';
import type { DiskUsage } from '../../ports/task-disks.ts';
import type { SpareImages } from './spare-images.ts';
import { GIB, imageBytes, type TemplateShelf } from './templates.ts';

export const IMAGE_SUFFIX = '.img';
/** The last thing that is made of a file system: charges lie in it. Never seen in a container. */
export const CHARGES = '.charges';
/** All that tasks have lies in it where it is encrypted. */
const ENCRYPTED = 'encrypted';
/**
 * Inode tables are holes, which read as zeros: the kernel need not write zeros to them in the background. Nor need it
 * make the machine's disk flush its cache at each fsync: that keeps data through a crash, which no task's disk outlives.
 */
const MOUNT_OPTIONS = 'noinit_itable,nobarrier,errors=remount-ro';

/** What all file systems of a machine are made with. */
export interface FileSystemParts {
  readonly dir: string;
  readonly directIo: boolean;
  /** What tasks have is encrypted, with a key that only the kernel has, until it is unmounted. */
  readonly encrypted: boolean;
  readonly templates: TemplateShelf;
  readonly spare: SpareImages;
  readonly devices: LoopDevices;
}

export class LoopFileSystem {
  /** Where it is mounted. */
  readonly path: string;
  readonly #imagePath: string;
  readonly #parts: FileSystemParts;

  constructor(name: string, parts: FileSystemParts) {
    this.#parts = parts;
    this.path = join(parts.dir, name);
    this.#imagePath = `${this.path}${IMAGE_SUFFIX}`;
  }

  /** Throws when something of it is there already; what it has made by then stays, for `remove`. */
  async make(sizeGiB: number): Promise<void> {
    await mkdir(this.path, { mode: 0o700 });
    const image = await this.#image(sizeGiB);
    try {
      const device = await this.#parts.devices.attach(image, this.#parts.directIo);
      try {
        await mount({ source: device.path, target: this.path, type: 'ext4', data: MOUNT_OPTIONS });
      } finally {
        await device.handle.close();
      }
    } finally {
      await image.close();
    }
    await chmod(this.path, 0o700);
    if (this.#parts.encrypted) await makeEncryptedDirectory(this.path, ENCRYPTED);
    await mkdir(join(this.path, CHARGES), { mode: 0o700 });
  }

  /** It is mounted, and nothing was left out. */
  async isWhole(): Promise<boolean> {
    return (await this.device()) !== undefined && (await isThere(join(this.path, CHARGES)));
  }

  /** The directory for what the task has. */
  async contents(): Promise<string> {
    const encrypted = join(this.path, ENCRYPTED);
    return (await isThere(encrypted)) ? encrypted : this.path;
  }

  /** Whole or half made. */
  async exists(): Promise<boolean> {
    return (await Promise.all([this.path, this.#imagePath].map(isThere))).includes(true);
  }

  /** Unmounts and deletes it, or what there is of it. */
  async remove(): Promise<void> {
    // What the task wrote last is not worth writing to the machine's disk any more.
    if ((await this.device()) !== undefined) {
      await shutDownFileSystem(this.path, await stat(this.#parts.dir));
    }
    try {
      await unmount(this.path);
      await rmdir(this.path).catch(ignoreAbsence);
      await unlink(this.#imagePath).catch(ignoreAbsence);
    } catch (error) {
      throw nodeError(error, this.path);
    }
  }

  /** The loop device that is mounted, if one is: told by the file behind it. */
  async device(): Promise<number | undefined> {
    try {
      const [own, parent] = await Promise.all([stat(this.path), stat(this.#parts.dir)]);
      const number = own.dev === parent.dev ? undefined : loopNumber(own.dev);
      if (number === undefined) return undefined;
      const file = await loopBackingFile(number);
      return file.endsWith(this.#imagePath.slice(this.#parts.dir.length)) ? number : undefined;
    } catch (error) {
      const failure = nodeError(error, this.path);
      if (hasKind(failure, 'not-found')) return undefined;
      throw failure;
    }
  }

  /** Makes holes in its file where nothing is any more; nothing when it is not mounted. */
  async reclaim(): Promise<void> {
    if ((await this.device()) !== undefined) await trimFileSystem(this.path, await stat(this.#parts.dir));
  }

  /** Of the file system on its `device`. */
  async usage(device: number): Promise<DiskUsage> {
    const [{ blocks, bfree, bsize }, counters] = await Promise.all([statfs(this.path), loopCounters(device)]);
    // Whole GiB were asked for, which the file system has but for a few blocks.
    const reservedBytes = Math.round((blocks * bsize) / GIB) * GIB;
    return { reservedBytes, usedBytes: (blocks - bfree) * bsize, ...counters };
  }

  /** Its file with an empty file system in it. */
  async #image(sizeGiB: number): Promise<FileHandle> {
    const { spare, templates } = this.#parts;
    const ready = await spare.take(sizeGiB, this.#imagePath);
    if (ready !== undefined) return ready;
    const extents = await templates.get(sizeGiB);
    const image = await open(this.#imagePath, 'wx+', 0o600);
    try {
      await writeExtents(image, imageBytes(sizeGiB), extents);
      return image;
    } catch (error) {
      await image.close();
      throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function ignoreAbsence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
