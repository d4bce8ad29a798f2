/**
 * FileSystemMounts by one of two drivers: what lies on an external server only by that of NFS, all else as the setting
 * says. Either takes away what it has made, also when the setting was another one then.
 */
import type { FileSystemMountRequest, FileSystemMounts } from '../../ports/file-system-mounts.ts';

export interface ChosenMountsOptions {
  readonly local: FileSystemMounts;
  readonly nfs: FileSystemMounts;
  /** For file systems of this machine. */
  readonly byNfs: boolean;
}

export class ChosenFileSystemMounts implements FileSystemMounts {
  readonly #options: ChosenMountsOptions;

  constructor(options: ChosenMountsOptions) {
    this.#options = options;
  }

  mount(request: FileSystemMountRequest, signal: AbortSignal): Promise<{ readonly path: string }> {
    const { local, nfs, byNfs } = this.#options;
    const isExternal = request.network.serverPath !== undefined;
    return (byNfs || isExternal ? nfs : local).mount(request, signal);
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
