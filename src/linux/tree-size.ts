/**
 * How much a tree takes up, while others may be changing it: names are looked up below directories that are held open,
 * no link is followed, and other file systems that are mounted there are left out.
 */
import { lstat } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { HeldDirectory } from './held-directory.ts';
import { hasErrno, nodeError } from './errno.ts';
import { namesIn } from './remove-tree.ts';

export interface TreeSizeRules {
  /** Bytes that one thing counts, by what `lstat` says of it. */
  readonly bytesOf: (stats: BigIntStats) => number;
  /** What lies deeper is not counted: each level is a directory held open. */
  readonly maxDepth: number;
}

/** The bytes of all that is in a directory, and of itself. What vanishes meanwhile does not count. */
export async function treeSize(root: HeldDirectory, rules: TreeSizeRules): Promise<number> {
  const stats = await root.handle.stat({ bigint: true });
  const seen = new Set<bigint>();
  return rules.bytesOf(stats) + (await sizeBelow(root, 0));

  async function sizeBelow(directory: HeldDirectory, depth: number): Promise<number> {
    let bytes = 0;
    for await (const name of namesIn(directory)) {
      const found = await lstat(directory.pathOf(name), { bigint: true }).catch(absent);
      if (found === undefined || found.dev !== stats.dev || wasSeen(found)) continue;
      bytes += rules.bytesOf(found);
      const below = found.isDirectory() && depth < rules.maxDepth && (await directory.existing(name));
      if (!below) continue;
      try {
        bytes += await sizeBelow(below, depth + 1);
      } finally {
        await below.close();
      }
    }
    return bytes;
  }

  /** A file counts once, whatever names it has. */
  function wasSeen(found: BigIntStats): boolean {
    if (found.nlink < 2n || found.isDirectory()) return false;
    if (seen.has(found.ino)) return true;
    seen.add(found.ino);
    return false;
  }
}

function absent(error: unknown): undefined {
  if (hasErrno(nodeError(error, ''), 'ENOENT')) return undefined;
  throw error;
}
