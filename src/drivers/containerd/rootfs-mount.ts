/**
 * The overlay mount of a container's root file system. mount(2) takes at most one page of options, and an image may
 * have 127 layers; containerd itself shortens the list of lower directories by changing into their common parent, so
 * what is checked here is the length that is left after that.
 */
import { AppError } from '../../domain/errors.ts';
import type { RootFilesystem } from '../../ports/container-runtime.ts';
import type { Request } from './proto/message-types.ts';

/** The mount that the shim makes at the container's rootfs. */
export function rootfsMount(rootfs: RootFilesystem): Request<'Mount'> {
  for (const path of [...rootfs.lowerDirs, rootfs.upperDir, rootfs.workDir]) assertOverlayPath(path);
  if (rootfs.lowerDirs.length === 0) throw new AppError('invalid', 'the image has no layers');
  return {
    type: 'overlay',
    source: 'overlay',
    options: [
      'index=off',
      `workdir=${rootfs.workDir}`,
      `upperdir=${rootfs.upperDir}`,
      `lowerdir=${rootfs.lowerDirs.join(':')}`,
    ],
  };
}

/** Colons and commas part overlay's options; a path that has them would mean something else. */
function assertOverlayPath(path: string): void {
  if (path.startsWith('/') && !/[:,\\]/.test(path)) return;
  throw new AppError('invalid', `not usable in an overlay mount: ${JSON.stringify(path)}`);
}
