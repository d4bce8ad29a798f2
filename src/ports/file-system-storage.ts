/**
 * Where the files of EFS file systems are kept. A file system is a directory; its content belongs to those who mount
 * it. Every method may be repeated. Ids are those of `FileSystemRecord`; `invalid` for any other text.
 */
export interface FileSystemStorage {
  /** Makes the file system's root: empty, root's, 0755. What is there already stays as it is. */
  create(fileSystemId: string): Promise<void>;
  /** Deletes the file system with all that is in it. Nothing outside is touched, whatever symbolic links say. */
  remove(fileSystemId: string): Promise<void>;
  /** Of those that exist, whole or half removed. */
  list(): Promise<string[]>;
  /** Bytes of its files as EFS meters them: a file at its allocated size, a directory at 4 KiB and more. `not-found`. */
  meteredBytes(fileSystemId: string): Promise<number>;
}
