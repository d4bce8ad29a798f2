/**
 * Writes a tree of files into a directory of the host: content, owners, modes, times, links, extended attributes. The
 * source is any tree (layers of an image, an archive in memory); the target may be half written by an earlier attempt,
 * and somebody may be changing it meanwhile (held-directory.ts). Attributes are set on this thread: they lie beside the
 * inode, and each would take longer to get to another thread.
 */
import {
  chmodSync,
  chownSync,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  utimesSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import type { ByteString } from './byte-string.ts';
import { hasErrno, nodeError } from './errno.ts';
import { HeldDirectory } from './held-directory.ts';
import type { Extent } from './sparse-file.ts';
import { setXattr } from './xattr.ts';

export interface FileAttributes {
  readonly uid: number;
  readonly gid: number;
  /** Permissions with setuid, setgid and sticky. */
  readonly mode: number;
  /** Epoch seconds. */
  readonly mtime: number;
  readonly xattrs?: ReadonlyMap<string, Buffer>;
}

export interface TreeDirectory {
  readonly kind: 'directory';
  readonly attributes: FileAttributes;
  names(): Promise<readonly ByteString[]>;
  /** Undefined for what is to be left out. */
  entry(name: ByteString): Promise<TreeEntry | undefined>;
}

export type TreeEntry =
  | TreeDirectory
  | {
      readonly kind: 'file';
      readonly attributes: FileAttributes;
      readonly size: number;
      /** Its content without the holes. */
      data(): AsyncIterable<Extent>;
    }
  | { readonly kind: 'link'; readonly attributes: FileAttributes; readonly target: ByteString }
  | { readonly kind: 'fifo'; readonly attributes: FileAttributes };

type LeafEntry = Exclude<TreeEntry, TreeDirectory>;

/** Files that are written at the same time: as many as Node has threads for them. */
const AT_ONCE = 4;

/**
 * Fills a directory that exists, and gives it the attributes of the tree's root. May be repeated. `not-found` without
 * the directory; `failed-precondition` with errno ENOSPC in details when there is no room.
 */
export async function writeTree(target: string, tree: TreeDirectory): Promise<void> {
  try {
    const directory = await HeldDirectory.open(target);
    await closing(directory, () => fill(directory, tree));
  } catch (error) {
    throw failure(error);
  }
}

async function fill(target: HeldDirectory, tree: TreeDirectory): Promise<void> {
  const names = await tree.names();
  for (let at = 0; at < names.length; at += AT_ONCE) {
    const batch = names.slice(at, at + AT_ONCE);
    for (const below of await allDone(batch.map((name) => writeName(target, tree, name)))) {
      if (below === undefined) continue;
      const held = await target.directory(below.name);
      await closing(held, () => fill(held, below.directory));
    }
  }
  setAttributes(target.handle.fd, tree.attributes);
}

/** Writes what is no directory; directories are handed back. */
async function writeName(
  target: HeldDirectory,
  tree: TreeDirectory,
  name: ByteString,
): Promise<{ name: ByteString; directory: TreeDirectory } | undefined> {
  const entry = await tree.entry(name);
  if (entry?.kind === 'directory') return { name, directory: entry };
  if (entry !== undefined) await writeLeaf(target, name, entry);
  return undefined;
}

async function writeLeaf(target: HeldDirectory, name: ByteString, entry: LeafEntry): Promise<void> {
  const { uid, gid, mode, mtime } = entry.attributes;
  if (entry.kind === 'file') {
    const file = await target.newFile(name);
    await closing(file, async () => {
      for await (const extent of entry.data()) await writeAll(file, extent);
      ftruncateSync(file.fd, entry.size);
      setAttributes(file.fd, entry.attributes);
    });
  } else if (entry.kind === 'link') {
    await target.newLink(name, entry.target);
    lchownSync(target.pathOf(name), uid, gid);
    lutimesSync(target.pathOf(name), mtime, mtime);
  } else {
    const fifo = await target.newFifo(name);
    const path = `/proc/self/fd/${fifo.fd}`;
    await closing(fifo, async () => {
      chownSync(path, uid, gid);
      chmodSync(path, mode);
      utimesSync(path, mtime, mtime);
    });
  }
}

async function writeAll(file: FileHandle, { offset, data }: Extent): Promise<void> {
  for (let at = 0; at < data.length; ) {
    at += (await file.write(data, at, data.length - at, offset + at)).bytesWritten;
  }
}

/** The owner comes first: a change of it takes setuid and capabilities away. The time comes last. */
function setAttributes(fd: number, attributes: FileAttributes): void {
  const { uid, gid, mode, mtime, xattrs = new Map<string, Buffer>() } = attributes;
  fchownSync(fd, uid, gid);
  fchmodSync(fd, mode);
  for (const [name, value] of xattrs) setXattr(fd, name, value);
  futimesSync(fd, mtime, mtime);
}

/** Waits for all before it fails: what would go on by the number of a directory that is closed could hit another. */
async function allDone<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function closing<T>(held: { close(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await held.close();
  }
}

function failure(error: unknown): AppError {
  const translated = nodeError(error, 'copy of a directory');
  if (!hasErrno(translated, 'ENOSPC', 'EDQUOT')) return translated;
  const details = { ...translated.details, errno: 'ENOSPC' };
  return new AppError('failed-precondition', 'no space left on device', { cause: error, details });
}
