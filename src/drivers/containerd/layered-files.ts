/**
 * Files of an image, read without mounting it: overlay's rules over the layers' directories. The topmost entry of a
 * name counts; directories of the same name merge, down to an opaque one or to something that is no directory; a
 * character device 0/0 hides what is below. Every component is looked at by itself and no link is ever followed by
 * the kernel, so a link cannot lead out of the layers. Layers never change once they are unpacked.
 */
import { constants, type Stats } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { readXattr } from '../../linux/xattr.ts';

/** As many links as Linux follows. */
const MAX_LINKS = 40;
const OPAQUE_ATTRIBUTES = ['trusted.overlay.opaque', 'user.overlay.opaque'];

/** A directory of the merged tree: its directories in the layers, the topmost first. */
type MergedDirectory = readonly string[];

type Entry =
  | { readonly kind: 'directory'; readonly directory: MergedDirectory }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'other' };

/** At most `maxBytes` of a regular file; undefined when there is none at this path. */
export async function readLayeredFile(
  lowerDirs: readonly string[],
  path: string,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const found = await resolve(lowerDirs, path);
  if (found === undefined) return undefined;
  const handle = await open(found, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(Math.min(maxBytes, (await handle.stat()).size));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The real path of a regular file of the merged tree. */
async function resolve(lowerDirs: readonly string[], path: string): Promise<string | undefined> {
  const stack: MergedDirectory[] = [lowerDirs];
  let names = componentsOf(path);
  for (let links = 0; names.length > 0; ) {
    const [name, ...rest] = names as [string, ...string[]];
    names = rest;
    if (name === '..') {
      if (stack.length > 1) stack.pop();
      continue;
    }
    const entry = await lookUp(stack.at(-1) as MergedDirectory, name);
    if (entry?.kind === 'directory') {
      stack.push(entry.directory);
    } else if (entry?.kind === 'link') {
      links += 1;
      if (links > MAX_LINKS) return undefined;
      if (entry.target.startsWith('/')) stack.length = 1;
      names = [...componentsOf(entry.target), ...rest];
    } else {
      return entry?.kind === 'file' && rest.length === 0 ? entry.path : undefined;
    }
  }
  return undefined;
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

async function lookUp(directory: MergedDirectory, name: string): Promise<Entry | undefined> {
  if (name.includes('\0') || Buffer.byteLength(name) > 255) return undefined;
  const merged: string[] = [];
  for (const layer of directory) {
    const path = `${layer}/${name}`;
    const stats = await statOrNothing(path);
    if (stats === undefined) continue;
    if (!stats.isDirectory()) {
      if (merged.length > 0) break;
      return describe(path, stats);
    }
    merged.push(path);
    if (isOpaque(path)) break;
  }
  return merged.length > 0 ? { kind: 'directory', directory: merged } : undefined;
}

async function describe(path: string, stats: Stats): Promise<Entry | undefined> {
  if (stats.isCharacterDevice() && stats.rdev === 0) return undefined;
  if (stats.isSymbolicLink()) return { kind: 'link', target: await readlink(path) };
  return stats.isFile() ? { kind: 'file', path } : { kind: 'other' };
}

function isOpaque(path: string): boolean {
  return OPAQUE_ATTRIBUTES.some((name) => readXattr(path, name)?.toString() === 'y');
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
