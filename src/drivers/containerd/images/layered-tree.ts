/**
 * The tree of an image as containers see it, without mounting it: overlay's rules over the layers' directories. The
 * topmost entry of a name counts; directories of the same name merge, down to an opaque one or to something that is no
 * directory; a character device 0/0 hides what is below. Every component is looked at by itself and no link is ever
 * followed by the kernel, so a link cannot lead out of the layers. Layers never change once they are unpacked.
 */
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { type ByteString, bytesOf, componentsOf, toByteString } from '../../../linux/byte-string.ts';
import { readXattr } from '../../../linux/xattr.ts';

/** As many links as Linux follows. */
const MAX_LINKS = 40;
const LONGEST_NAME = 255;
const OPAQUE_ATTRIBUTES = ['trusted.overlay.opaque', 'user.overlay.opaque'];

/** A directory of the merged tree: its directories in the layers, the topmost first. */
export type MergedDirectory = readonly ByteString[];

/** `path` is where the topmost of it really lies, `stats` are its own. */
export type LayeredEntry = { readonly path: ByteString; readonly stats: Stats } & (
  | { readonly kind: 'directory'; readonly directory: MergedDirectory }
  | { readonly kind: 'link'; readonly target: ByteString }
  | { readonly kind: 'file' | 'fifo' | 'other' }
);
export type LayeredDirectory = Extract<LayeredEntry, { kind: 'directory' }>;

/** What is at a path of the tree; links are followed, and end within it. Undefined when there is nothing. */
export async function resolveLayered(
  lowerDirs: readonly string[],
  path: string,
): Promise<LayeredEntry | undefined> {
  const stack: LayeredDirectory[] = [await rootOf(lowerDirs)];
  let names = componentsOf(toByteString(path));
  for (let links = 0; names.length > 0; ) {
    const [name, ...rest] = names as [ByteString, ...ByteString[]];
    names = rest;
    if (name === '..') {
      if (stack.length > 1) stack.pop();
      continue;
    }
    const entry = await lookUp((stack.at(-1) as LayeredDirectory).directory, name);
    if (entry?.kind === 'directory') {
      stack.push(entry);
    } else if (entry?.kind === 'link') {
      links += 1;
      if (links > MAX_LINKS) return undefined;
      if (entry.target.startsWith('/')) stack.length = 1;
      names = [...componentsOf(entry.target), ...rest];
    } else {
      return rest.length === 0 ? entry : undefined;
    }
  }
  return stack.at(-1);
}

/** A name in a directory of the tree; undefined when it has none, or when it is hidden. */
export async function lookUp(
  directory: MergedDirectory,
  name: ByteString,
): Promise<LayeredEntry | undefined> {
  if (name.includes('\0') || name.length > LONGEST_NAME) return undefined;
  const merged: ByteString[] = [];
  let topmost: Stats | undefined;
  for (const layer of directory) {
    const path = `${layer}/${name}`;
    const stats = await statOrNothing(path);
    if (stats === undefined) continue;
    if (!stats.isDirectory()) {
      if (merged.length > 0) break;
      return describe(path, stats);
    }
    topmost ??= stats;
    merged.push(path);
    if (isOpaque(path)) break;
  }
  if (topmost === undefined) return undefined;
  return { kind: 'directory', path: merged[0] as ByteString, stats: topmost, directory: merged };
}

/** All names of the layers in a directory, also those that are hidden. */
export async function namesIn(directory: MergedDirectory): Promise<ByteString[]> {
  const lists = await Promise.all(directory.map((path) => readdir(bytesOf(path), 'latin1')));
  return [...new Set(lists.flat())];
}

async function rootOf(lowerDirs: readonly string[]): Promise<LayeredDirectory> {
  const directory = lowerDirs.map(toByteString);
  const [path = ''] = directory;
  return { kind: 'directory', path, stats: await lstat(bytesOf(path)), directory };
}

async function describe(path: ByteString, stats: Stats): Promise<LayeredEntry | undefined> {
  if (stats.isCharacterDevice() && stats.rdev === 0) return undefined;
  if (stats.isSymbolicLink())
    return { kind: 'link', path, stats, target: await readlink(bytesOf(path), 'latin1') };
  if (stats.isFile()) return { kind: 'file', path, stats };
  return { kind: stats.isFIFO() ? 'fifo' : 'other', path, stats };
}

function isOpaque(path: ByteString): boolean {
  return OPAQUE_ATTRIBUTES.some((name) => readXattr(path, name)?.toString() === 'y');
}

async function statOrNothing(path: ByteString): Promise<Stats | undefined> {
  try {
    return await lstat(bytesOf(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
