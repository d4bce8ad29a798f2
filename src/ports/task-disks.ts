/**
 * The disk of a task: one file system of its own, of a fixed size, that really ends (ENOSPC). Container writable
 * layers and volumes lie on it. Every method may be repeated; `remove` works without `create`.
 */
export interface TaskDiskRequest {
  readonly taskId: string;
  /** Size that `df` shows inside, GiB. */
  readonly sizeGiB: number;
}

export interface DiskUsage {
  readonly reservedBytes: number;
  readonly usedBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

export interface TaskDisks {
  /** Makes and mounts the disk. Resolves with the directory where it is mounted (0700, root). */
  create(request: TaskDiskRequest): Promise<{ readonly path: string }>;
  /** Charges bytes to the disk by a preallocated file (the image's size). `failed-precondition` when it is full. */
  charge(taskId: string, what: string, bytes: number): Promise<void>;
  /** Unmounts and deletes the disk with all that is on it. */
  remove(taskId: string): Promise<void>;
  /** Ids of the tasks that have a disk, whole or half made. */
  list(): Promise<string[]>;
  /** `not-found` without a disk. */
  usage(taskId: string): Promise<DiskUsage>;
  close(): Promise<void>;
}
