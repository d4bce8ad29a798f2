/**
 * TaskDisks by loop-mounted sparse files: `<dir>/<task id>`, and `<dir>/<task id>.volumes` where volumes have a file
 * system of their own.
 */
import { mkdir, open, readdir, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { DiskSpace } from '../../domain/machine.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { nodeError } from '../../linux/errno.ts';
import { Gate } from '../../linux/gate.ts';
import { LoopDevices } from '../../linux/loop-device.ts';
import { reserve } from '../../linux/sparse-file.ts';
import type { DiskUsage, TaskDisk, TaskDiskRequest, TaskDisks } from '../../ports/task-disks.ts';
import { CHARGES, type FileSystemParts, IMAGE_SUFFIX, LoopFileSystem } from './loop-file-system.ts';
import { SpareImages } from './spare-images.ts';
import { TemplateShelf } from './templates.ts';

const NAME = /^[A-Za-z0-9_-]{1,128}$/;
const CHARGE_NAME = /^[A-Za-z0-9_.:-]{1,200}$/;
const AT_ONCE = 3;
/** That stat counts in. */
const BLOCK_BYTES = 512;
const SPARE_IMAGES = 4;
/** After the task's id, in the name of the file system for its volumes. */
const VOLUMES_SUFFIX = '.volumes';
/** Where volumes lie on a disk that is one file system. */
const VOLUMES = 'volumes';

export interface LoopTaskDisksOptions {
  /** Made 0700 when absent. A file system with sparse files. */
  readonly dir: string;
  /** Size for which `start` prepares; default 20. */
  readonly defaultSizeGiB?: number;
  /** Images of the default size kept ready once started; default 4, of some 250 KiB each. */
  readonly spareImages?: number;
  /** Lets the loop device go past the page cache of the machine; default true. */
  readonly directIo?: boolean;
  /** Encrypts what tasks write, each with a key of its own that nobody keeps; default false. */
  readonly encrypted?: boolean;
}

interface WantedFileSystem {
  readonly fileSystem: LoopFileSystem;
  readonly sizeGiB: number;
}

export class LoopTaskDisks implements TaskDisks {
  readonly #dir: string;
  readonly #defaultSizeGiB: number;
  readonly #parts: FileSystemParts;
  /** Mounting occupies threads that all file access of the process shares: of many disks the first come first. */
  readonly #gate = new Gate(AT_ONCE);
  readonly #perTask = new KeyedSerial();

  constructor(options: LoopTaskDisksOptions) {
    const { dir, directIo = true, encrypted = false } = options;
    const { defaultSizeGiB = 20, spareImages = SPARE_IMAGES } = options;
    this.#dir = dir;
    this.#defaultSizeGiB = defaultSizeGiB;
    const templates = new TemplateShelf(dir, encrypted);
    const spare = new SpareImages({ dir, sizeGiB: defaultSizeGiB, count: spareImages }, templates);
    this.#parts = { dir, directIo, encrypted, templates, spare, devices: new LoopDevices() };
  }

  /** Makes the directory, and prepares disks of the default size. `create` works without it, only slower. */
  async start(): Promise<void> {
    await this.#parts.templates.get(this.#defaultSizeGiB);
    await this.#parts.spare.start();
  }

  async create({ taskId, sizeGiB, volumesGiB }: TaskDiskRequest): Promise<TaskDisk> {
    const { main, volumes } = this.#fileSystems(taskId);
    const wanted = [{ fileSystem: main, sizeGiB }];
    if (volumesGiB !== undefined) wanted.push({ fileSystem: volumes, sizeGiB: volumesGiB });
    return await this.#perTask.run(taskId, async () => {
      const whole = await Promise.all(wanted.map(({ fileSystem }) => fileSystem.isWhole()));
      if (whole.includes(false)) await this.#makeAnew(taskId, wanted);
      const path = await main.contents();
      if (volumesGiB !== undefined) return { path, volumesPath: await volumes.contents() };
      const volumesPath = join(path, VOLUMES);
      await mkdir(volumesPath, { recursive: true, mode: 0o700 });
      return { path, volumesPath };
    });
  }

  async charge(taskId: string, what: string, bytes: number): Promise<void> {
    if (!CHARGE_NAME.test(what)) throw new AppError('invalid', `not a name for a charge: ${what}`);
    const { main } = this.#fileSystems(taskId);
    await deviceOf(main, taskId);
    const file = join(main.path, CHARGES, what);
    try {
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
    this.#fileSystems(taskId);
    await this.#perTask.run(taskId, () => this.#gate.run(() => this.#remove(taskId)));
  }

  async list(): Promise<string[]> {
    return [...new Set((await this.#names()).map(taskOf))];
  }

  async usage(taskId: string): Promise<DiskUsage> {
    const { main, volumes } = this.#fileSystems(taskId);
    const usages = [await main.usage(await deviceOf(main, taskId))];
    const second = await volumes.device();
    if (second !== undefined) usages.push(await volumes.usage(second));
    return usages.reduce(sum);
  }

  async space(): Promise<DiskSpace> {
    const images = (await this.#names()).filter((name) => name.endsWith(IMAGE_SUFFIX));
    const [{ blocks, bavail, bsize }, ...taken] = await Promise.all([
      statfs(this.#dir),
      // One may be removed meanwhile.
      ...images.map((name) => stat(join(this.#dir, name)).catch(() => ({ blocks: 0 }))),
    ]);
    const takenBytes = taken.reduce((sum, image) => sum + image.blocks * BLOCK_BYTES, 0);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, takenBytes };
  }

  async reclaim(): Promise<void> {
    for (const taskId of await this.list()) {
      const { main, volumes } = this.#fileSystems(taskId);
      for (const fileSystem of [main, volumes]) {
        // Not while it is made or removed.
        await this.#perTask.run(taskId, () => fileSystem.reclaim());
      }
    }
  }

  /** Waits for what is running. Disks stay: tasks outlive the agent. */
  async close(): Promise<void> {
    await this.#perTask.idle();
    await this.#parts.spare.close();
  }

  async #makeAnew(taskId: string, wanted: readonly WantedFileSystem[]): Promise<void> {
    await this.#remove(taskId);
    try {
      await this.#gate.run(async () => {
        for (const { fileSystem, sizeGiB } of wanted) await fileSystem.make(sizeGiB);
      });
    } catch (error) {
      await this.#remove(taskId);
      throw nodeError(error, `disk of task ${taskId}`);
    }
  }

  /** Of all that tasks have here. */
  async #names(): Promise<string[]> {
    const names = await readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw nodeError(error, this.#dir);
    });
    return names.filter((name) => NAME.test(taskOf(name)));
  }

  async #remove(taskId: string): Promise<void> {
    const { main, volumes } = this.#fileSystems(taskId);
    for (const fileSystem of [volumes, main]) if (await fileSystem.exists()) await fileSystem.remove();
  }

  /** `invalid` for what is no task's id. */
  #fileSystems(taskId: string): { readonly main: LoopFileSystem; readonly volumes: LoopFileSystem } {
    if (!NAME.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    return {
      main: new LoopFileSystem(taskId, this.#parts),
      volumes: new LoopFileSystem(`${taskId}${VOLUMES_SUFFIX}`, this.#parts),
    };
  }
}

/** The part before the first dot. */
function taskOf(name: string): string {
  return name.split('.', 1)[0] ?? '';
}

async function deviceOf(fileSystem: LoopFileSystem, taskId: string): Promise<number> {
  const number = await fileSystem.device();
  if (number === undefined) throw new AppError('not-found', `task ${taskId} has no disk`);
  return number;
}

function sum(one: DiskUsage, other: DiskUsage): DiskUsage {
  return {
    reservedBytes: one.reservedBytes + other.reservedBytes,
    usedBytes: one.usedBytes + other.usedBytes,
    readBytes: one.readBytes + other.readBytes,
    writtenBytes: one.writtenBytes + other.writtenBytes,
  };
}
