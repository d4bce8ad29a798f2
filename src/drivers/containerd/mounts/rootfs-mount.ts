/**
 * The overlay mount of a container's root file system. mount(2) takes at most one page of options, and an image may
 * have 127 layers: the shim itself shortens the list by changing into the layers' common directory.
 *
 * `volatile` (Linux 5.10): the layer is written back by nobody's order. A task's disk ends with the task, so there is
 * nothing to save; without it, the unmount waits until all that the container ever wrote is on the host's disk (seconds).
 */
import { rm } from 'node:fs/promises';
import { AppError } from '../../../domain/errors.ts';
import type { RootFilesystem } from '../../../ports/container-runtime.ts';
import type { Request } from '../proto/message-types.ts';

/** The mount that the shim makes at the container's rootfs. */
export function rootfsMount(rootfs: RootFilesystem, isVolatile: boolean): Request<'Mount'> {
  for (const path of [...rootfs.lowerDirs, rootfs.upperDir, rootfs.workDir]) assertOverlayPath(path);
  if (rootfs.lowerDirs.length === 0) throw new AppError('invalid', 'the image has no layers');
  return {
    type: 'overlay',
    source: 'overlay',
    options: [
      'index=off',
      ...(isVolatile ? ['volatile'] : []),
      `workdir=${rootfs.workDir}`,
      `upperdir=${rootfs.upperDir}`,
      `lowerdir=${rootfs.lowerDirs.join(':')}`,
    ],
  };
}

/** True where the kernel knows volatile overlays. `release` is `uname -r`. */
export function hasVolatileOverlay(release: string): boolean {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  return major > 5 || (major === 5 && minor >= 10);
}

/** A volatile overlay marks its work directory, and is refused a second mount while the mark is there. */
export async function forgetVolatileMount(rootfs: RootFilesystem): Promise<void> {
  await rm(`${rootfs.workDir}/work/incompat`, { recursive: true, force: true });
}

/** Throws `invalid` for a path that overlay's options, which colons and commas part, cannot name. */
export function assertOverlayPath(path: string): void {
  if (path.startsWith('/') && !/[:,\\]/.test(path)) return;
  throw new AppError(
    'invalid',
    `${JSON.stringify(path)} cannot hold layers: an absolute path without colon, comma and backslash is needed`,
  );
}
