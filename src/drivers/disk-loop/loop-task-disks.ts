/**
 * TaskDisks by loop-mounted sparse files: `<dir>/<taskId>.img` holds an ext4 of the asked size, mounted at
 * `<dir>/<taskId>/`. The file takes room as the task writes. There is no journal: a task does not outlive its
 * machine's crash, so neither need its disk.
 *
 * Neither nodev nor nosuid: image layers and volumes hold set-user-id programs, as on Fargate, and device nodes are
 * held off by the container's device cgroup. Users of the machine cannot come near: the directory is 0700.
 */
import {
  type FileHandle,
  access,
  chmod,
  mkdir,
  open,
  readdir,
  rmdir,
  stat,
  statfs,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, hasKind } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { nodeError } from '../../linux/errno.ts';
import { shutDownFileSystem } from '../../linux/file-system.ts';
import { Gate } from '../../linux/gate.ts';
import { LoopDevices, loopBackingFile, loopCounters, loopNumber, loopSize } from '../../linux/loop-device.ts';
import { mount, unmount } from '../../linux/mount.ts';
import { reserve, writeExtents } from '../../linux/sparse-file.ts';
import type { DiskUsage, TaskDiskRequest, TaskDisks } from '../../ports/task-disks.ts';
import { SpareImages } from './spare-images.ts';
import { GIB, TemplateShelf } from './templates.ts';

const IMAGE_SUFFIX = '.img';
const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const CHARGE_NAME = /^[A-Za-z0-9_.:-]{1,200}$/;
/** Inode tables are holes, which read as zeros: the kernel need not write zeros to them in the background. */
const MOUNT_OPTIONS = 'noinit_itable,errors=remount-ro';
const AT_ONCE = 3;
const SPARE_IMAGES = 4;
/** Inside the disk, beside the containers' directories; never seen in a container. */
const CHARGES = '.charges';

export interface LoopTaskDisksOptions {
  /** Made 0700 when absent. A file system with sparse files. */
  readonly dir: string;
  /** Size for which `start` prepares; default 20. */
  readonly defaultSizeGiB?: number;
  /** Images of the default size kept ready once started; default 4, of some 250 KiB each. */
  readonly spareImages?: number;
  /** Lets the loop device go past the page cache of the machine; default true. */
  readonly directIo?: boolean;
}

export class LoopTaskDisks implements TaskDisks {
  readonly #dir: string;
  readonly #defaultSizeGiB: number;
  readonly #directIo: boolean;
  readonly #templates: TemplateShelf;
  readonly #spare: SpareImages;
  readonly #devices = new LoopDevices();
  /** Mounting occupies threads that all file access of the process shares: of many disks the first come first. */
  readonly #gate = new Gate(AT_ONCE);
  readonly #perTask = new KeyedSerial();

  constructor(options: LoopTaskDisksOptions) {
    this.#dir = options.dir;
    this.#defaultSizeGiB = options.defaultSizeGiB ?? 20;
    this.#directIo = options.directIo ?? true;
    this.#templates = new TemplateShelf(options.dir);
    this.#spare = new SpareImages(
      { dir: options.dir, sizeGiB: this.#defaultSizeGiB, count: options.spareImages ?? SPARE_IMAGES },
      this.#templates,
    );
  }

  /** Makes the directory, and prepares disks of the default size. `create` works without it, only slower. */
  async start(): Promise<void> {
    await this.#templates.get(this.#defaultSizeGiB);
    await this.#spare.start();
  }

  async create({ taskId, sizeGiB }: TaskDiskRequest): Promise<{ readonly path: string }> {
    const path = this.#path(taskId);
    return await this.#perTask.run(taskId, async () => {
      if ((await this.#loopOf(taskId)) !== undefined) return { path };
      if (await this.#isHalfMade(taskId)) await this.#remove(taskId);
      try {
        await this.#gate.run(() => this.#make(taskId, sizeGiB));
      } catch (error) {
        await this.#remove(taskId);
        throw nodeError(error, `disk of task ${taskId}`);
      }
      return { path };
    });
  }

  async charge(taskId: string, what: string, bytes: number): Promise<void> {
    if (!CHARGE_NAME.test(what)) throw new AppError('invalid', `not a name for a charge: ${what}`);
    await this.#loopOrThrow(taskId);
    const file = join(this.#path(taskId), CHARGES, what);
    try {
      await mkdir(join(this.#path(taskId), CHARGES), { recursive: true, mode: 0o700 });
      const handle = await open(file, 'a', 0o600);
      try {
        if (bytes > 0) await reserve(handle, bytes);
      } finally {
        await handle.close();
      }
    } catch (error) {
      await unlink(file).catch(() => undefined);
      throw nodeError(error, `charging ${bytes} bytes to the disk of task ${taskId}`);
    }
  }

  async remove(taskId: string): Promise<void> {
    this.#path(taskId);
    await this.#perTask.run(taskId, () => this.#gate.run(() => this.#remove(taskId)));
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw nodeError(error, this.#dir);
    });
    const ids = names.map((name) =>
      name.endsWith(IMAGE_SUFFIX) ? name.slice(0, -IMAGE_SUFFIX.length) : name,
    );
    return [...new Set(ids)].filter((id) => NAME.test(id));
  }

  async usage(taskId: string): Promise<DiskUsage> {
    const number = await this.#loopOrThrow(taskId);
    const [space, counters, reservedBytes] = await Promise.all([
      statfs(this.#path(taskId)),
      loopCounters(number),
      loopSize(number),
    ]);
    return { reservedBytes, usedBytes: (space.blocks - space.bfree) * space.bsize, ...counters };
  }

  /** Waits for what is running. Disks stay: tasks outlive the agent. */
  async close(): Promise<void> {
    await this.#perTask.idle();
    await this.#spare.close();
  }

  async #make(taskId: string, sizeGiB: number): Promise<void> {
    await mkdir(this.#path(taskId), { mode: 0o700 });
    const image = await this.#image(taskId, sizeGiB);
    try {
      const device = await this.#devices.attach(image, this.#directIo);
      try {
        await mount({ source: device.path, target: this.#path(taskId), type: 'ext4', data: MOUNT_OPTIONS });
      } finally {
        await device.handle.close();
      }
    } finally {
      await image.close();
    }
    await chmod(this.#path(taskId), 0o700);
  }

  /** The task's file with an empty file system in it. */
  async #image(taskId: string, sizeGiB: number): Promise<FileHandle> {
    const spare = await this.#spare.take(sizeGiB, this.#imagePath(taskId));
    if (spare !== undefined) return spare;
    const extents = await this.#templates.get(sizeGiB);
    const image = await open(this.#imagePath(taskId), 'wx+', 0o600);
    try {
      await writeExtents(image, sizeGiB * GIB, extents);
      return image;
    } catch (error) {
      await image.close();
      throw error;
    }
  }

  async #isHalfMade(taskId: string): Promise<boolean> {
    const paths = [this.#path(taskId), this.#imagePath(taskId)];
    const found = await Promise.all(
      paths.map((path) =>
        access(path).then(
          () => true,
          () => false,
        ),
      ),
    );
    return found.includes(true);
  }

  async #remove(taskId: string): Promise<void> {
    const path = this.#path(taskId);
    // What the task wrote last is not worth writing to the machine's disk any more.
    if ((await this.#loopOf(taskId)) !== undefined) await shutDownFileSystem(path, await stat(this.#dir));
    try {
      await unmount(path);
      await rmdir(path).catch(ignoreAbsence);
      await unlink(this.#imagePath(taskId)).catch(ignoreAbsence);
    } catch (error) {
      throw nodeError(error, `disk of task ${taskId}`);
    }
  }

  /** The loop device that is mounted as this task's disk, if one is: told by the file behind it. */
  async #loopOf(taskId: string): Promise<number | undefined> {
    try {
      const [own, parent] = await Promise.all([stat(this.#path(taskId)), stat(this.#dir)]);
      const number = own.dev === parent.dev ? undefined : loopNumber(own.dev);
      if (number === undefined) return undefined;
      return (await loopBackingFile(number)).endsWith(`/${taskId}${IMAGE_SUFFIX}`) ? number : undefined;
    } catch (error) {
      const failure = nodeError(error, `disk of task ${taskId}`);
      if (hasKind(failure, 'not-found')) return undefined;
      throw failure;
    }
  }

  async #loopOrThrow(taskId: string): Promise<number> {
    const number = await this.#loopOf(taskId);
    if (number === undefined) throw new AppError('not-found', `task ${taskId} has no disk`);
    return number;
  }

  #path(taskId: string): string {
    if (!NAME.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    return join(this.#dir, taskId);
  }

  #imagePath(taskId: string): string {
    return `${this.#path(taskId)}${IMAGE_SUFFIX}`;
  }
}

function ignoreAbsence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
