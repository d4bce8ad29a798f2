/**
 * FileSystemMounts by one of two drivers: what lies on an external server only by that of NFS, all else as the setting
 * says. Either takes away what it has made, also when the setting was another one then.
 */
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';
import type { FileSystemViews } from '../../ports/file-system-views.ts';

export interface ChosenMountsOptions {
  readonly local: FileSystemMounts;
  readonly nfs: FileSystemMounts;
  readonly views: Pick<FileSystemViews, 'openUnmapped'>;
  /** For file systems of this machine. */
  readonly byNfs: boolean;
}

export class ChosenFileSystemMounts implements FileSystemMounts {
  readonly #options: ChosenMountsOptions;

  constructor(options: ChosenMountsOptions) {
    this.#options = options;
  }

  async mount(request: FileSystemMountRequest, signal: AbortSignal): Promise<{ readonly path: string }> {
    const { local, nfs, views, byNfs } = this.#options;
    if (request.network.serverPath !== undefined) return await nfs.mount(request, signal);
    if (!byNfs) return await local.mount(request, signal);
    // What it shows may be missing. Of that a mount target cannot tell a client, which asks it again and again.
    await views.openUnmapped(request.view);
    return await nfs.mount(request, signal);
  }

  async unmount(taskId: string): Promise<void> {
    await Promise.all(this.#both().map((driver) => driver.unmount(taskId)));
  }

  async list(): Promise<string[]> {
    const lists = await Promise.all(this.#both().map((driver) => driver.list()));
    return [...new Set(lists.flat())];
  }

  async close(): Promise<void> {
    await Promise.all(this.#both().map((driver) => driver.close()));
  }

  #both(): FileSystemMounts[] {
    return [this.#options.local, this.#options.nfs];
  }
}
