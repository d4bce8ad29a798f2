/** File systems without files, for tests and for `--fake`. */
import { AppError } from '../../domain/errors.ts';
import { checkFileSystemId } from '../../domain/efs/file-system-id.ts';
import type { FileSystemStorage } from '../../ports/file-system-storage.ts';

const EMPTY_BYTES = 4096;

export class MemoryFileSystemStorage implements FileSystemStorage {
  readonly #sizes = new Map<string, number>();
  /** Set by a test: what every method fails with. */
  failure: AppError | undefined;

  /** For a test: what the files of a file system come to. */
  setBytes(fileSystemId: string, bytes: number): void {
    this.#sizes.set(fileSystemId, bytes);
  }

  async create(fileSystemId: string): Promise<void> {
    this.#check(fileSystemId);
    if (!this.#sizes.has(fileSystemId)) this.#sizes.set(fileSystemId, EMPTY_BYTES);
  }

  async remove(fileSystemId: string): Promise<void> {
    this.#check(fileSystemId);
    this.#sizes.delete(fileSystemId);
  }

  async list(): Promise<string[]> {
    return [...this.#sizes.keys()];
  }

  async meteredBytes(fileSystemId: string): Promise<number> {
    this.#check(fileSystemId);
    const bytes = this.#sizes.get(fileSystemId);
    if (bytes !== undefined) return bytes;
    throw new AppError('not-found', `there is no file system ${fileSystemId}`);
  }

  #check(fileSystemId: string): void {
    if (this.failure !== undefined) throw this.failure;
    checkFileSystemId(fileSystemId);
  }
}
