/**
 * Mounts by file descriptor (open_tree(2), move_mount(2)): what is mounted is the open directory itself, wherever its
 * name leads meanwhile; and it appears where it is wanted in one step.
 */
import { call } from './libc.ts';

const OPEN_TREE = 428;
const MOVE_MOUNT = 429;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const OPEN_TREE_CLONE = 1;
const O_CLOEXEC = 0x80000;
const MOVE_MOUNT_F_EMPTY_PATH = 0x04;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

/** A new mount of an open directory (O_PATH is enough), attached nowhere. It ends with the descriptor, or is attached. */
export function cloneMountOf(directory: number): number {
  return call(
    'openTree',
    'a directory',
    OPEN_TREE,
    directory,
    '',
    AT_EMPTY_PATH | OPEN_TREE_CLONE | O_CLOEXEC,
  );
}

/** The same by a path. */
export function cloneMountAt(path: string): number {
  return call('openTree', path, OPEN_TREE, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
}

/** The same with all that is mounted below the path. */
export function cloneMountsAt(path: string): number {
  const flags = AT_RECURSIVE | OPEN_TREE_CLONE | O_CLOEXEC;
  return call('openTree', path, OPEN_TREE, AT_FDCWD, path, flags);
}

/** Attaches a mount that is attached nowhere; on top of what is mounted there already. */
export function attachMount(mount: number, target: string): void {
  call('moveMount', target, MOVE_MOUNT, mount, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
}

/** The same at a directory or file that is held open (O_PATH is enough). */
export function attachMountOn(mount: number, target: number): void {
  const flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  call('moveMount', 'an open directory', MOVE_MOUNT, mount, '', target, '', flags);
}
