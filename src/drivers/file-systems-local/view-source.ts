/** What a view shows, and as whom: the directory that is its root, found or made without leaving the file system. */
import { chmodSync, chownSync, closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { actingUser, linuxId, NOBODY_ID } from '../../domain/efs/acting-user.ts';
import { checkAccessPointId, checkFileSystemId } from '../../domain/efs/file-system-id.ts';
import type { CreationInfo, PosixUser } from '../../domain/efs/records.ts';
import { type FileSystemView, viewKey } from '../../domain/efs/view.ts';
import { hasErrno, nodeError } from '../../linux/errno.ts';
import { openDirectoryAt } from '../../linux/open-in-root.ts';

const O_PATH = 0x200000;
const PARENT_MODE = 0o755;
/** Whom root becomes where it may not be root: `nobody`. */
const NOBODY: PosixUser = { uid: NOBODY_ID, gid: NOBODY_ID, secondaryGids: [] };
/** A part of the key of views in which everybody is nobody. */
const SQUASHED = 'squashed';
/** The same of those in which callers are not made the access point's user. */
const UNMAPPED = 'unmapped';

export interface ViewSource {
  /** Like `viewKey`, but for squashed and unmapped views. */
  readonly key: string;
  readonly fileSystemId: string;
  readonly rootPath: string;
  readonly creationInfo?: CreationInfo;
  /** Who does everything; without one each caller is who it is. */
  readonly user?: PosixUser;
}

/** The source of a view. `squashed`: without a posixUser everybody acts as 65534. `invalid` for ids that are none. */
export function viewSource(view: FileSystemView, squashed = false): ViewSource {
  const { fileSystemId, accessPoint } = view;
  checkFileSystemId(fileSystemId);
  if (accessPoint !== undefined) checkAccessPointId(accessPoint.accessPointId);
  const user = actingUser(view) ?? (squashed ? NOBODY : undefined);
  const isSquashed = squashed && accessPoint?.posixUser === undefined;
  return {
    key: isSquashed ? `${viewKey(view)}/${SQUASHED}` : viewKey(view),
    fileSystemId,
    rootPath: accessPoint?.rootPath ?? '/',
    ...(accessPoint?.creationInfo !== undefined && { creationInfo: accessPoint.creationInfo }),
    ...(user !== undefined && { user }),
  };
}

/** The source of the same view, but in which each caller is who it is. */
export function unmappedSource(view: FileSystemView): ViewSource {
  const { user, ...source } = viewSource(view);
  return user === undefined ? source : { ...source, key: unmappedKey(view) };
}

/** Of a view that has another one for its user. */
export function unmappedKey(view: FileSystemView): string {
  return `${viewKey(view)}/${UNMAPPED}`;
}

/** Opens the root directory of a file system (O_PATH). `not-found` without one, `invalid` for no id. The caller closes it. */
export function openFileSystem(directory: string, fileSystemId: string): number {
  checkFileSystemId(fileSystemId);
  try {
    return openSync(join(directory, fileSystemId), O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    throw nodeError(error, `file system ${fileSystemId}`);
  }
}

/**
 * Opens a view's root (O_PATH), which is made by the creationInfo when it is absent; what is there stays as it is. A
 * symbolic link on the way is `not-found`, as any file that is no directory. The caller closes it.
 */
export function openViewRoot(directory: string, source: ViewSource): number {
  const names = source.rootPath.split('/').filter(Boolean);
  let at = openFileSystem(directory, source.fileSystemId);
  for (const [index, name] of names.entries()) {
    try {
      const below = openOrMake(at, name, index === names.length - 1, source.creationInfo);
      closeSync(at);
      at = below;
    } catch (error) {
      closeSync(at);
      throw error;
    }
  }
  return at;
}

function openOrMake(at: number, name: string, isLast: boolean, creationInfo?: CreationInfo): number {
  try {
    return openDirectoryAt(at, name);
  } catch (error) {
    if (creationInfo === undefined || !hasErrno(error, 'ENOENT')) throw error;
  }
  const isOurs = make(`/proc/self/fd/${at}/${name}`);
  const made = openDirectoryAt(at, name);
  if (isOurs) {
    const { uid, gid, mode } = isLast ? lastOne(creationInfo) : { uid: 0, gid: 0, mode: PARENT_MODE };
    const path = `/proc/self/fd/${made}`;
    chownSync(path, uid, gid);
    chmodSync(path, mode);
  }
  return made;
}

function lastOne(info: CreationInfo): { readonly uid: number; readonly gid: number; readonly mode: number } {
  return {
    uid: linuxId(info.ownerUid),
    gid: linuxId(info.ownerGid),
    mode: Number.parseInt(info.permissions, 8),
  };
}

/** False when somebody else was first. */
function make(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const failure = nodeError(error, 'root directory of an access point');
    if (failure.kind === 'already-exists') return false;
    throw failure;
  }
}
