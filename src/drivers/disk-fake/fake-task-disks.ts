/**
 * TaskDisks as plain directories: files can be put there, sizes are only counted. For development without root.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import type { DiskSpace } from '../../domain/machine.ts';
import type { DiskUsage, TaskDisk, TaskDiskRequest, TaskDisks } from '../../ports/task-disks.ts';

const GIB = 2 ** 30;
/** A machine that never is short. */
const TOTAL_BYTES = 2 ** 50;
const NAME = /^[A-Za-z0-9_-]{1,128}$/;

interface FakeDisk {
  readonly mainBytes: number;
  readonly volumesBytes: number;
  readonly charges: Map<string, number>;
}

export class FakeTaskDisks implements TaskDisks {
  readonly #dir: string;
  readonly #disks = new Map<string, FakeDisk>();

  /** `dir` is made when needed. */
  constructor(options: { readonly dir: string }) {
    this.#dir = options.dir;
  }

  async create({ taskId, sizeGiB, volumesGiB }: TaskDiskRequest): Promise<TaskDisk> {
    const path = this.#path(taskId);
    for (const size of [sizeGiB, volumesGiB ?? 1]) {
      if (!Number.isInteger(size) || size < 1) {
        throw new AppError('invalid', `a disk of ${size} GiB cannot be made`);
      }
    }
    const volumesPath = join(path, 'volumes');
    await mkdir(path, { recursive: true, mode: 0o700 });
    await mkdir(volumesPath, { recursive: true, mode: 0o700 });
    const volumesBytes = (volumesGiB ?? 0) * GIB;
    const disk = { mainBytes: sizeGiB * GIB, volumesBytes, charges: new Map() };
    if (!this.#disks.has(taskId)) this.#disks.set(taskId, disk);
    return { path, volumesPath };
  }

  async charge(taskId: string, what: string, bytes: number): Promise<void> {
    const disk = this.#disk(taskId);
    const others = chargedBytes(disk) - (disk.charges.get(what) ?? 0);
    if (others + bytes > disk.mainBytes) {
      throw new AppError('failed-precondition', `no room for ${bytes} bytes on the disk of task ${taskId}`, {
        details: { syscallCode: 'ENOSPC' },
      });
    }
    disk.charges.set(what, bytes);
  }

  async remove(taskId: string): Promise<void> {
    await rm(this.#path(taskId), { recursive: true, force: true });
    this.#disks.delete(taskId);
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.#dir).catch(() => []);
    return names.filter((name) => NAME.test(name));
  }

  async usage(taskId: string): Promise<DiskUsage> {
    const disk = this.#disk(taskId);
    const fileBytes = await this.#fileBytes(taskId);
    return {
      reservedBytes: disk.mainBytes + disk.volumesBytes,
      usedBytes: chargedBytes(disk) + fileBytes,
      readBytes: 0,
      writtenBytes: fileBytes,
    };
  }

  async space(): Promise<DiskSpace> {
    const taken = await Promise.all([...this.#disks.keys()].map((taskId) => this.#fileBytes(taskId)));
    const takenBytes = taken.reduce((sum, bytes) => sum + bytes, 0);
    return { totalBytes: TOTAL_BYTES, freeBytes: TOTAL_BYTES - takenBytes, takenBytes };
  }

  async reclaim(): Promise<void> {}

  async close(): Promise<void> {}

  async #fileBytes(taskId: string): Promise<number> {
    const files = await readdir(this.#path(taskId), { recursive: true, withFileTypes: true });
    let bytes = 0;
    for (const file of files) if (file.isFile()) bytes += (await stat(join(file.parentPath, file.name))).size;
    return bytes;
  }

  #disk(taskId: string): FakeDisk {
    const disk = this.#disks.get(taskId);
    if (disk === undefined) throw new AppError('not-found', `task ${taskId} has no disk`);
    return disk;
  }

  #path(taskId: string): string {
    if (!NAME.test(taskId)) throw new AppError('invalid', `not a task id: ${taskId}`);
    return join(this.#dir, taskId);
  }
}

function chargedBytes(disk: FakeDisk): number {
  return [...disk.charges.values()].reduce((sum, bytes) => sum + bytes, 0);
}
