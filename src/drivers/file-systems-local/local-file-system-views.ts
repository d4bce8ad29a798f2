/**
 * FileSystemViews by bindfs (view-process.ts): `<dir>/<key>`, with a dot in place of each slash of the key. What there
 * is, is seen from the mount table and the list of processes; the directories say only what to look for.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync } from 'node:fs';
import { mkdir, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import { nodeError } from '../../linux/errno.ts';
import { mountsBelow } from '../../linux/mount-table.ts';
import { attachMount, cloneMountOf } from '../../linux/mount-tree.ts';
import { destroyMount, unmountNow } from '../../linux/mount.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';
import { endViewProcesses, startView } from './view-process.ts';
import { openViewRoot, type ViewSource, unmappedKey, unmappedSource, viewSource } from './view-source.ts';

export interface LocalFileSystemViewsOptions {
  /** With a directory for each file system, named by its id. */
  readonly fileSystems: string;
  /** Where views are mounted. Made 0700 when absent. */
  readonly dir: string;
}

export class LocalFileSystemViews implements FileSystemViews {
  readonly #fileSystems: string;
  readonly #dir: string;
  readonly #perKey = new KeyedSerial();

  constructor({ fileSystems, dir }: LocalFileSystemViewsOptions) {
    this.#fileSystems = fileSystems;
    this.#dir = dir;
  }

  async open(view: FileSystemView): Promise<{ readonly path: string }> {
    return await this.#open(viewSource(view));
  }

  /** As `open`, but everybody acts as 65534 where there is no posixUser. */
  async openSquashed(view: FileSystemView): Promise<{ readonly path: string }> {
    return await this.#open(viewSource(view, true));
  }

  async openUnmapped(view: FileSystemView): Promise<{ readonly path: string }> {
    return await this.#open(unmappedSource(view));
  }

  async close(view: FileSystemView): Promise<void> {
    for (const key of [viewSource(view).key, viewSource(view, true).key, unmappedKey(view)]) {
      await this.#perKey.run(key, () => this.#end(this.#path(key)));
    }
  }

  async list(): Promise<string[]> {
    return (await this.#names()).map((name) => name.replaceAll('.', '/'));
  }

  async #open(source: ViewSource): Promise<{ readonly path: string }> {
    return await this.#perKey.run(source.key, async () => {
      const root = openViewRoot(this.#fileSystems, source);
      try {
        const path = this.#path(source.key);
        if (!(await this.#shows(path, fstatSync(root).ino))) await this.#make(source, root, path);
        return { path };
      } finally {
        closeSync(root);
      }
    });
  }

  async #make(source: ViewSource, root: number, path: string): Promise<void> {
    // One of a root that is not the access point's any more serves until nobody uses it.
    unmountNow(path);
    await mkdir(path, { recursive: true, mode: 0o700 });
    await endViewProcesses(processName(path), true);
    const directory = cloneMountOf(root);
    try {
      const process = { name: processName(path), user: source.user, workDirectory: path };
      const view = await startView({ ...process, source: directory });
      try {
        attachMount(view, path);
      } finally {
        closeSync(view);
      }
    } finally {
      closeSync(directory);
    }
  }

  async #end(path: string): Promise<void> {
    if (await this.#isMounted(path)) destroyMount(path);
    await endViewProcesses(processName(path), false);
    await rmdir(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw nodeError(error, path);
    });
  }

  /** Whether a living view of this very directory is mounted there. */
  async #shows(path: string, inode: number): Promise<boolean> {
    if (!(await this.#isMounted(path))) return false;
    return await stat(path).then(
      ({ ino }) => ino === inode,
      () => false,
    );
  }

  async #isMounted(path: string): Promise<boolean> {
    const directory = await realpath(this.#dir).catch(() => this.#dir);
    return (await mountsBelow(directory)).includes(join(directory, path.slice(this.#dir.length)));
  }

  async #names(): Promise<string[]> {
    return await readdir(this.#dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw nodeError(error, this.#dir);
    });
  }

  #path(key: string): string {
    return join(this.#dir, key.replaceAll('/', '.'));
  }
}

/** What names of processes begin with that show views below this directory. */
export function processPrefix(dir: string): string {
  return `neargate-${createHash('sha256').update(dir).digest('hex').slice(0, 8)}-`;
}

function processName(path: string): string {
  return processPrefix(dirname(path)) + basename(path);
}
