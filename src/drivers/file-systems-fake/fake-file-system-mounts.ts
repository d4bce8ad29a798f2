/** FileSystemMounts as symbolic links to the directories themselves. Nothing is mounted, nobody is anybody else. */
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import { MountPlaces } from '../file-system-places/mount-places.ts';
import { directoryOf } from './fake-directory.ts';

export class FakeFileSystemMounts implements FileSystemMounts {
  readonly #fileSystems: string;
  readonly #dir: string;
  readonly #places: MountPlaces;

  /** `fileSystems` has a directory for each file system. `dir` is made when needed. */
  constructor({ fileSystems, dir }: { readonly fileSystems: string; readonly dir: string }) {
    this.#fileSystems = fileSystems;
    this.#dir = dir;
    this.#places = new MountPlaces(dir);
  }

  async mount({ taskId, volume, view }: FileSystemMountRequest): Promise<{ readonly path: string }> {
    const { path } = this.#places.of(taskId, volume);
    const directory = await directoryOf(this.#fileSystems, view);
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await rm(path, { force: true });
    await symlink(directory, path);
    return { path };
  }

  async unmount(taskId: string): Promise<void> {
    this.#places.of(taskId, '');
    await rm(join(this.#dir, taskId), { recursive: true, force: true });
  }

  async list(): Promise<string[]> {
    return await readdir(this.#dir).catch(() => []);
  }

  async close(): Promise<void> {}
}
