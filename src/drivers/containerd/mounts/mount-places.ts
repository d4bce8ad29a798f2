/**
 * The places of a container's /dev, /proc and /sys are directories of its own. runc (1.1 at least) makes the links of
 * /dev (fd, ptmx …) by their path on the machine, before the container is locked into its root: where the image has a
 * link there, they are made, and a file is removed, wherever it leads.
 */
import { lstatSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { RootFilesystem } from '../../../ports/container-runtime.ts';

/** What the runtime mounts itself. Nobody is led there by a link; whoever names a place in them means it. */
export const RUNTIMES_OWN: readonly string[] = ['dev', 'proc', 'sys'];
const MODE = 0o755;

/** Puts a directory into the writable layer where anything else would be seen. For each time that a container is made. */
export async function ensureMountPlaces({ upperDir, lowerDirs }: RootFilesystem): Promise<void> {
  for (const place of RUNTIMES_OWN) {
    if (isDirectoryOrNothing([upperDir, ...lowerDirs], place)) continue;
    const path = `${upperDir}/${place}`;
    await rm(path, { force: true });
    await mkdir(path, { mode: MODE });
  }
}

/** The topmost layer that has the name decides. A whiteout is no directory either, but nothing is seen of it. */
function isDirectoryOrNothing(layers: readonly string[], name: string): boolean {
  for (const layer of layers) {
    const stats = lstatSync(`${layer}/${name}`, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    return stats.isDirectory() || (stats.isCharacterDevice() && stats.rdev === 0);
  }
  return true;
}
