/**
 * What an empty ext4 of a given size consists of: some 60 blocks. It is formatted once a size and then copied from
 * memory, which is faster than starting mkfs for each disk.
 */
import { execFile } from 'node:child_process';
import { mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../domain/errors.ts';
import { type Extent, readExtents } from '../../linux/sparse-file.ts';

export const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** What a file system has for tables of inodes and blocks, of which `df` does not show the room. */
const OVERHEAD = 0.0156;
const MKFS_OPTIONS = ['-q', '-F', '-t', 'ext4', '-m', '0', '-E', 'lazy_itable_init=1,nodiscard'];
const FEATURES = '^has_journal,^resize_inode';
const MAX_SIZE_GIB = 16 * 1024;
/** Sizes to keep; a template takes about 13 KiB of memory a GiB. */
const KEPT = 8;

/** How long the file is whose file system shows this size, or a little less: `df -h` rounds up. */
export function imageBytes(sizeGiB: number): number {
  return Math.floor((sizeGiB * GIB) / (1 - OVERHEAD) / MIB) * MIB;
}

export class TemplateShelf {
  readonly #dir: string;
  readonly #features: string;
  readonly #templates = new Map<number, Promise<readonly Extent[]>>();

  /** `encrypted`: the file systems can encrypt directories. */
  constructor(dir: string, encrypted: boolean) {
    this.#dir = dir;
    this.#features = encrypted ? `${FEATURES},encrypt` : FEATURES;
  }

  /** The extents of an empty file system of this size. */
  async get(sizeGiB: number): Promise<readonly Extent[]> {
    if (!Number.isInteger(sizeGiB) || sizeGiB < 1 || sizeGiB > MAX_SIZE_GIB) {
      throw new AppError('invalid', `a disk of ${sizeGiB} GiB cannot be made`);
    }
    const template = this.#templates.get(sizeGiB) ?? this.#format(sizeGiB);
    // Put last again: the first one of the map is the one that was not used for longest.
    this.#templates.delete(sizeGiB);
    this.#templates.set(sizeGiB, template);
    if (this.#templates.size > KEPT) this.#templates.delete([...this.#templates.keys()][0] ?? sizeGiB);
    try {
      return await template;
    } catch (error) {
      if (this.#templates.get(sizeGiB) === template) this.#templates.delete(sizeGiB);
      throw error;
    }
  }

  async #format(sizeGiB: number): Promise<readonly Extent[]> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    // The dot keeps it out of the list of disks.
    const path = join(this.#dir, `.template-${sizeGiB}-${process.pid}`);
    const file = await open(path, 'w+', 0o600);
    try {
      await file.truncate(imageBytes(sizeGiB));
      await runMkfs(path, this.#features);
      return await readExtents(file);
    } finally {
      await file.close();
      await unlink(path);
    }
  }
}

async function runMkfs(path: string, features: string): Promise<void> {
  try {
    await promisify(execFile)('mkfs.ext4', [...MKFS_OPTIONS, '-O', features, path], {
      env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' },
    });
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new AppError('unimplemented', 'mkfs.ext4 is not installed (package e2fsprogs)');
    throw new AppError('internal', `mkfs.ext4 failed: ${stderr?.trim() ?? ''}`, { cause: error });
  }
}
