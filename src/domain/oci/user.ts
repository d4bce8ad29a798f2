/**
 * Who a container runs as: Docker's rules for `user` in all its forms (uid, name, uid:gid, name:group and mixtures),
 * over the text of the image's own /etc/passwd and /etc/group.
 */
import { AppError } from '../errors.ts';

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  /** The primary group first, as Docker sets them. */
  readonly additionalGids: readonly number[];
  readonly home: string;
}

/** Text of the two files; undefined where the image has none. */
export interface UserFiles {
  readonly passwd: string | undefined;
  readonly group: string | undefined;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const HIGHEST_ID = 2 ** 31 - 1;

/** Throws `invalid` in Docker's words when the user or the group is neither a number nor in the files. */
export function resolveUser(specification: string | undefined, files: UserFiles): ResolvedUser {
  const [userPart = '', groupPart = ''] = (specification ?? '').split(/:(.*)/s);
  const user = findUser(userPart, parsePasswd(files.passwd ?? ''));
  const groups = parseGroup(files.group ?? '');
  const home = user.home === '' ? '/' : user.home;
  if (groupPart !== '') {
    const gid = findGroup(groupPart, groups);
    return { uid: user.uid, gid, additionalGids: [gid], home };
  }
  const supplementary = groups
    .filter((group) => user.name !== '' && group.members.includes(user.name))
    .map(({ gid }) => gid);
  return {
    uid: user.uid,
    gid: user.gid,
    additionalGids: [...new Set([user.gid, ...supplementary])],
    home,
  };
}

function findUser(part: string, entries: readonly PasswdEntry[]): PasswdEntry {
  const number = part === '' ? 0 : parseId(part);
  const entry = entries.find(({ name, uid }) => (part !== '' && name === part) || uid === number);
  if (entry !== undefined) return entry;
  if (number === undefined) {
    throw new AppError('invalid', `unable to find user ${part}: no matching entries in passwd file`);
  }
  return { name: '', uid: inRange(number), gid: 0, home: '/' };
}

function findGroup(part: string, entries: readonly GroupEntry[]): number {
  const number = parseId(part);
  const entry = entries.find(({ name, gid }) => name === part || gid === number);
  if (entry !== undefined) return entry.gid;
  if (number === undefined) {
    throw new AppError('invalid', `unable to find group ${part}: no matching entries in group file`);
  }
  return inRange(number);
}

function inRange(id: number): number {
  if (id > HIGHEST_ID) throw new AppError('invalid', `uids and gids must be in range 0-${HIGHEST_ID}`);
  return id;
}

function parseId(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap((line) => {
    const [name = '', , uid = '', gid = '', , home = ''] = line.split(':');
    const numbers = { uid: parseId(uid), gid: parseId(gid) };
    if (name === '' || numbers.uid === undefined) return [];
    return [{ name, uid: numbers.uid, gid: numbers.gid ?? 0, home }];
  });
}

function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap((line) => {
    const [name = '', , gid = '', members = ''] = line.split(':');
    const number = parseId(gid);
    if (name === '' || number === undefined) return [];
    return [{ name, gid: number, members: members.split(',').map((member) => member.trim()) }];
  });
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
