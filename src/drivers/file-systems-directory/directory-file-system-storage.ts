/**
 * EFS's file systems as directories of one directory, `<root>/<file system id>`, on this machine. One that is to go is
 * renamed before its content goes, so that half a file system is never seen under its name.
 */
import type { BigIntStats } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { checkFileSystemId, isFileSystemId } from '../../domain/efs/file-system-id.ts';
import { AppError } from '../../domain/errors.ts';
import { hasErrno, nodeError } from '../../linux/errno.ts';
import { HeldDirectory } from '../../linux/held-directory.ts';
import { removeTree } from '../../linux/remove-tree.ts';
import { treeSize } from '../../linux/tree-size.ts';
import type { FileSystemStorage } from '../../ports/file-system-storage.ts';

const REMOVED = '.removed-';
const METER_UNIT = 4096;
const MAX_DEPTH = 256;

export interface DirectoryFileSystemStorageOptions {
  /** Made with mode 0700 where there is none. */
  readonly root: string;
}

export class DirectoryFileSystemStorage implements FileSystemStorage {
  readonly #root: string;

  constructor({ root }: DirectoryFileSystemStorageOptions) {
    this.#root = root;
  }

  create(fileSystemId: string): Promise<void> {
    return this.#inRoot(fileSystemId, async (root) => {
      const made = await mkdir(root.pathOf(fileSystemId), { mode: 0o755 }).then(
        () => true,
        (error: unknown) => {
          if (hasErrno(nodeError(error, ''), 'EEXIST')) return false;
          throw error;
        },
      );
      const held = await root.existing(fileSystemId);
      if (held === undefined) throw new AppError('already-exists', `${fileSystemId} is no directory`);
      try {
        // Whatever the process's umask says.
        if (made) await held.handle.chmod(0o755);
      } finally {
        await held.close();
      }
      await root.handle.sync();
    });
  }

  remove(fileSystemId: string): Promise<void> {
    return this.#inRoot(fileSystemId, async (root) => {
      const aside = `${REMOVED}${fileSystemId}`;
      await removeTree(root, aside);
      try {
        await rename(root.pathOf(fileSystemId), root.pathOf(aside));
      } catch (error) {
        if (hasErrno(nodeError(error, ''), 'ENOENT')) return;
        throw error;
      }
      await removeTree(root, aside);
    });
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.#root).catch((error: unknown) => {
      const translated = nodeError(error, 'list of file systems');
      if (hasErrno(translated, 'ENOENT')) return [];
      throw translated;
    });
    const ids = names.map((name) => (name.startsWith(REMOVED) ? name.slice(REMOVED.length) : name));
    return [...new Set(ids.filter(isFileSystemId))];
  }

  meteredBytes(fileSystemId: string): Promise<number> {
    return this.#inRoot(fileSystemId, async (root) => {
      const held = await root.existing(fileSystemId);
      if (held === undefined) throw new AppError('not-found', `there is no file system ${fileSystemId}`);
      try {
        return await treeSize(held, { bytesOf: meteredBytesOf, maxDepth: MAX_DEPTH });
      } finally {
        await held.close();
      }
    });
  }

  async #inRoot<T>(fileSystemId: string, work: (root: HeldDirectory) => Promise<T>): Promise<T> {
    checkFileSystemId(fileSystemId);
    let root: HeldDirectory | undefined;
    try {
      await mkdir(this.#root, { recursive: true, mode: 0o700 });
      root = await HeldDirectory.open(this.#root);
      return await work(root);
    } catch (error) {
      throw nodeError(error, 'files of a file system');
    } finally {
      await root?.close();
    }
  }
}

/** What is allocated, in units of 4 KiB, and at least one. Empty files count as well. */
function meteredBytesOf({ blocks }: BigIntStats): number {
  return Math.max(Math.ceil((Number(blocks) * 512) / METER_UNIT), 1) * METER_UNIT;
}
