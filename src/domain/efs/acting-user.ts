/** Who acts in a view of a file system, by ids that Linux has. */
import type { PosixUser } from './records.ts';
import type { FileSystemView } from './view.ts';

/** Whom others become that may not be who they say. */
export const NOBODY_ID = 65_534;
/** To Linux it is no id: where one is set, it stands for the one that is set already, which is root's. */
const UNCHANGED = 0xffff_ffff;

/** An id of EFS's API as one of Linux: the last one is nobody's. */
export function linuxId(id: number): number {
  return id === UNCHANGED ? NOBODY_ID : id;
}

/** The access point's posixUser; undefined where each caller is who it is. */
export function actingUser({ accessPoint }: FileSystemView): PosixUser | undefined {
  if (accessPoint?.posixUser === undefined) return undefined;
  const { uid, gid, secondaryGids } = accessPoint.posixUser;
  return { uid: linuxId(uid), gid: linuxId(gid), secondaryGids: secondaryGids.map(linuxId) };
}
