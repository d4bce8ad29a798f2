import type { DiskSpace } from '../domain/machine.ts';

/**
 * The disk of a task: a file system of its own, of a fixed size, that really ends (ENOSPC). Container writable layers
 * and volumes lie on it, or volumes on a second one that ends by itself. Every method may be repeated; `remove` works
 * without `create`. What one task wrote is never seen by the next.
 */
export interface TaskDiskRequest {
  readonly taskId: string;
  /** Size that `df` shows inside, GiB. */
  readonly sizeGiB: number;
  /** Size of a file system for volumes alone; absent: they lie on the other one. */
  readonly volumesGiB?: number;
}

export interface TaskDisk {
  /** A directory for root alone (0700). */
  readonly path: string;
  /** Where volumes belong: for root alone, too. */
  readonly volumesPath: string;
}

/** Of all that a task's disk consists of. */
export interface DiskUsage {
  readonly reservedBytes: number;
  readonly usedBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface TaskDisks {
  /** Makes and mounts the disk. `invalid` for a size that cannot be. */
  create(request: TaskDiskRequest): Promise<TaskDisk>;
  /** Charges bytes to the disk by a preallocated file (the image's size). `failed-precondition` when it is full. */
  charge(taskId: string, what: string, bytes: number): Promise<void>;
  /** Unmounts and deletes the disk with all that is on it. */
  remove(taskId: string): Promise<void>;
  /** Ids of the tasks that have a disk, whole or half made. */
  list(): Promise<string[]>;
  /** `not-found` without a disk. */
  usage(taskId: string): Promise<DiskUsage>;
  /** Of the machine's own disk. */
  space(): Promise<DiskSpace>;
  /** Gives back to the machine's disk what tasks have deleted, as far as that is possible. */
  reclaim(): Promise<void>;
  close(): Promise<void>;
}
