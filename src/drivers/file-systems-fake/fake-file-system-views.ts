/** FileSystemViews as symbolic links to the directories themselves: everybody acts as who runs this. */
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type FileSystemView, viewKey } from '../../domain/efs/view.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import { checkView, directoryOf } from './fake-directory.ts';

export class FakeFileSystemViews implements FileSystemViews {
  readonly #fileSystems: string;
  readonly #dir: string;
  readonly #perKey = new KeyedSerial();

  /** `fileSystems` has a directory for each file system. `dir` is made when needed. */
  constructor({ fileSystems, dir }: { readonly fileSystems: string; readonly dir: string }) {
    this.#fileSystems = fileSystems;
    this.#dir = dir;
  }

  async open(view: FileSystemView): Promise<{ readonly path: string }> {
    return await this.#perKey.run(viewKey(view), async () => {
      const directory = await directoryOf(this.#fileSystems, { ...view, rootDirectory: '/' });
      const path = this.#path(view);
      await mkdir(this.#dir, { recursive: true, mode: 0o700 });
      await rm(path, { force: true });
      await symlink(directory, path);
      return { path };
    });
  }

  openUnmapped(view: FileSystemView): Promise<{ readonly path: string }> {
    return this.open(view);
  }

  async close(view: FileSystemView): Promise<void> {
    checkView(view);
    await this.#perKey.run(viewKey(view), () => rm(this.#path(view), { force: true }));
  }

  async list(): Promise<string[]> {
    const names = await readdir(this.#dir).catch(() => []);
    return names.map((name) => name.replaceAll('.', '/'));
  }

  #path(view: FileSystemView): string {
    return join(this.#dir, viewKey(view).replaceAll('/', '.'));
  }
}
