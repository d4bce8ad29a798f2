/** mount(2) and umount2(2): at once for namespaces' pins, off the thread for file systems that do I/O. */
import { hasErrno } from './errno.ts';
import { call, callOffThread } from './libc.ts';

export const MS_BIND = 0x1000;
export const MS_REC = 0x4000;
export const MS_PRIVATE = 1 << 18;
export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_SHARED = 1 << 20;
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;

export interface MountRequest {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly flags?: number;
  /** The file system's own options, comma separated. */
  readonly data?: string;
}

function mountArguments(request: MountRequest): unknown[] {
  return [request.source, request.target, request.type, request.flags ?? 0, request.data ?? null];
}

/** Mounts on this thread: for mounts that touch no disk. */
export function mountNow(request: MountRequest): void {
  call('mount', request.target, ...mountArguments(request));
}

/** Mounts off the thread. */
export async function mount(request: MountRequest): Promise<void> {
  await callOffThread('mount', request.target, ...mountArguments(request));
}

/** Detaches whatever is mounted there, all layers of it, on this thread. No error when nothing is. */
export function unmountNow(target: string): void {
  try {
    for (;;) call('umount2', target, target, MNT_DETACH);
  } catch (error) {
    if (!hasErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

/** Unmounts off the thread; where somebody is still inside, the mount goes when they leave. May be repeated. */
export async function unmount(target: string): Promise<void> {
  for (const flags of [0, MNT_DETACH]) {
    try {
      await callOffThread('umount2', target, target, flags);
      return;
    } catch (error) {
      if (hasErrno(error, 'EINVAL', 'ENOENT')) return;
      if (!hasErrno(error, 'EBUSY') || flags === MNT_DETACH) throw error;
    }
  }
}

/** Ends a mounted FUSE file system for all who use it, and what serves it; then takes it away. */
export function destroyMount(target: string): void {
  call('umount2', target, target, MNT_FORCE | MNT_DETACH);
  unmountNow(target);
}

/** Unmounts on this thread, unless somebody is inside or has a file open. No error when nothing is mounted. */
export function unmountIdle(target: string): void {
  try {
    call('umount2', target, target, 0);
  } catch (error) {
    if (!hasErrno(error, 'EBUSY', 'EINVAL', 'ENOENT')) throw error;
  }
}
