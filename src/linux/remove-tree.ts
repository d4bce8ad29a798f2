/**
 * Removes a tree that others may still be changing. Every name is looked up below a directory that is held open, no link
 * is followed, and no more than two directories are held at once: what lies deeper is first moved up, so that a tree of
 * any depth goes.
 */
import { randomUUID } from 'node:crypto';
import { opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import type { ByteString } from './byte-string.ts';
import { HeldDirectory } from './held-directory.ts';
import { hasErrno, nodeError } from './errno.ts';

/** Each takes a level of a deep tree away; somebody who goes on writing into it does not keep us for ever. */
const PASSES = 100_000;

/**
 * Removes the directory `name` of a directory that is nobody else's to change. Nothing there is fine. May be repeated.
 * `conflict` when somebody fills it as fast as it is emptied.
 */
export async function removeTree(parent: HeldDirectory, name: string): Promise<void> {
  let root: HeldDirectory | undefined;
  try {
    for (let pass = 0; !(await isRemoved(parent, name)); pass += 1) {
      root ??= await parent.existing(name);
      if (pass === PASSES) throw new AppError('conflict', `${name} is being written to`);
      if (root === undefined) continue;
      await removeContent(root, root, pass);
    }
  } catch (error) {
    throw nodeError(error, 'removal of a directory');
  } finally {
    await root?.close();
  }
}

/** Unlinks what is in a directory; what is a directory and not empty goes below `root` under another name. */
async function removeContent(directory: HeldDirectory, root: HeldDirectory, pass: number): Promise<void> {
  let moved = 0;
  for await (const name of namesIn(directory)) {
    if (await isRemoved(directory, name)) continue;
    if (directory !== root) {
      await rename(directory.pathOf(name), root.pathOf(`${pass}.${moved}.${randomUUID()}`));
      moved += 1;
      continue;
    }
    const below = await directory.existing(name);
    if (below === undefined) continue;
    try {
      await removeContent(below, root, pass);
    } finally {
      await below.close();
    }
    await isRemoved(directory, name);
  }
}

/** True when the name is gone; false for a directory that is not empty. */
async function isRemoved(directory: HeldDirectory, name: ByteString): Promise<boolean> {
  const path = directory.pathOf(name);
  try {
    await unlink(path).catch((error: unknown) => {
      if (!hasErrno(nodeError(error, ''), 'EISDIR', 'EPERM')) throw error;
      return rmdir(path);
    });
    return true;
  } catch (error) {
    const translated = nodeError(error, '');
    if (hasErrno(translated, 'ENOENT')) return true;
    if (hasErrno(translated, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

/** The names in a directory that is held, a few at a time. */
export async function* namesIn(directory: HeldDirectory): AsyncIterable<ByteString> {
  const path = `/proc/self/fd/${directory.handle.fd}`;
  for await (const { name } of await opendir(path, { encoding: 'latin1' })) yield name;
}
