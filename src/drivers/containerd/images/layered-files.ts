/** What is read of an image's files without running it: one file's content, and copies of whole directories. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isSeenByContainers } from '../../../domain/oci/layer-xattrs.ts';
import { type ByteString, bytesOf } from '../../../linux/byte-string.ts';
import { dataOf, type Extent } from '../../../linux/sparse-file.ts';
import {
  type FileAttributes,
  type TreeDirectory,
  type TreeEntry,
  writeTree,
} from '../../../linux/write-tree.ts';
import { listXattrs, LONGEST_XATTR_BYTES, readXattr } from '../../../linux/xattr.ts';
import { type LayeredDirectory, type LayeredEntry, lookUp, namesIn, resolveLayered } from './layered-tree.ts';

const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const PERMISSIONS = 0o7777;

/** At most `maxBytes` of a regular file; undefined when there is none at this path. */
export async function readLayeredFile(
  lowerDirs: readonly string[],
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const found = await resolveLayered(lowerDirs, path);
  if (found?.kind !== 'file') return undefined;
  const handle = await open(bytesOf(found.path), READ_ONLY);
  try {
    const buffer = Buffer.alloc(Math.min(maxBytes, found.stats.size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** Fills `target` with a directory of the image; false when there is none at this path. Errors are `writeTree`'s. */
export async function copyLayeredDirectory(
  lowerDirs: readonly string[],
  path: string,
  target: string,
): Promise<boolean> {
  const found = await resolveLayered(lowerDirs, path);
  if (found?.kind !== 'directory') return false;
  await writeTree(target, treeOf(found));
  return true;
}

function treeOf({ path, stats, directory }: LayeredDirectory): TreeDirectory {
  return {
    kind: 'directory',
    attributes: attributesOf({ path, stats }),
    names: () => namesIn(directory),
    async entry(name) {
      const entry = await lookUp(directory, name);
      return entry === undefined ? undefined : treeEntry(entry);
    },
  };
}

function treeEntry(entry: LayeredEntry): TreeEntry | undefined {
  const { path, stats } = entry;
  switch (entry.kind) {
    case 'directory':
      return treeOf(entry);
    case 'link':
      return { kind: 'link', attributes: ownAttributes(stats), target: entry.target };
    case 'fifo':
      return { kind: 'fifo', attributes: ownAttributes(stats) };
    case 'file':
      return { kind: 'file', attributes: attributesOf(entry), size: stats.size, data: () => dataAt(path) };
    case 'other':
      return undefined;
  }
}

function ownAttributes({ uid, gid, mode, mtimeMs }: LayeredEntry['stats']): FileAttributes {
  return { uid, gid, mode: mode & PERMISSIONS, mtime: mtimeMs / 1000 };
}

function attributesOf({ path, stats }: Pick<LayeredEntry, 'path' | 'stats'>): FileAttributes {
  const xattrs = listXattrs(path)
    .filter(isSeenByContainers)
    .flatMap((name) => {
      const value = readXattr(path, name, LONGEST_XATTR_BYTES);
      return value === undefined ? [] : [[name, value] as const];
    });
  return { ...ownAttributes(stats), xattrs: new Map(xattrs) };
}

async function* dataAt(path: ByteString): AsyncGenerator<Extent> {
  const file = await open(bytesOf(path), READ_ONLY);
  try {
    yield* dataOf(file);
  } finally {
    await file.close();
  }
}
