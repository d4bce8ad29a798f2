/**
 * Who sees and may do what on a file system of EFS that several look at: whole, at a directory, and by two access points
 * of different users. The same rows hold however it is mounted.
 */
import { type EfsView, type Operation, perform } from './efs-view.ts';

export const BLUE = { uid: 1001, gid: 1001, root: '/blue', permissions: '750' } as const;
/** Who is green may do what blue's group may. */
export const GREEN = { uid: 1002, gid: 1002, root: '/green', permissions: '755' } as const;
/** Is there before somebody looks at it. */
export const DIRECTORY = '/team';

export type ViewName = 'whole' | 'directory' | 'blue' | 'green';

interface Row {
  readonly view: ViewName;
  /** uid and gid of who acts. */
  readonly as: number;
  readonly does: Operation;
  /** `ok`, what it reads, or the name of an errno. */
  readonly gets: string;
}

type ShortRow = readonly [view: ViewName, as: number, does: Operation, gets: string];

/** By the whole file system alone. */
export const PREPARATION: readonly Row[] = rows([
  ['whole', 0, ['stat', '/'], '0 0 755'],
  ['whole', 1000, ['write', '/no', 'x'], 'EACCES'],
  ['whole', 0, ['mkdir', DIRECTORY, '777'], 'ok'],
  ['whole', 1000, ['write', '/team/by-user', 'mine'], 'ok'],
  ['whole', 0, ['stat', '/team/by-user'], '1000 1000 644'],
]);

export const SHARING: readonly Row[] = rows([
  // A directory is the root of what its users see, and nobody is anybody else.
  ['directory', 0, ['stat', '/'], '0 0 777'],
  ['directory', 0, ['list', '/'], 'by-user'],
  ['directory', 1000, ['read', '/by-user'], 'mine'],
  ['directory', 1001, ['write', '/by-user', 'theirs'], 'EACCES'],
  ['directory', 1000, ['chown', '/by-user', 1001, 1001], 'EPERM'],
  ['directory', 0, ['write', '/by-root', 'r'], 'ok'],
  ['whole', 0, ['stat', '/team/by-root'], '0 0 644'],
  ['whole', 0, ['chown', '/team/by-root', 1000, 1001], 'ok'],
  ['directory', 0, ['stat', '/by-root'], '1000 1001 644'],
  // The roots of access points were made by their creationInfo.
  ['whole', 0, ['stat', '/blue'], '1001 1001 750'],
  ['whole', 0, ['stat', '/green'], '1002 1002 755'],
  ['blue', 0, ['stat', '/'], '1001 1001 750'],
  ['blue', 0, ['list', '/'], ''],
  // Whoever acts through one is its user.
  ['blue', 0, ['write', '/secret', 'b'], 'ok'],
  ['blue', 5000, ['write', '/second', 'b2'], 'ok'],
  ['whole', 0, ['stat', '/blue/secret'], '1001 1001 644'],
  ['whole', 0, ['stat', '/blue/second'], '1001 1001 644'],
  ['blue', 5000, ['stat', '/secret'], '1001 1001 644'],
  ['blue', 0, ['mkdir', '/inner', '700'], 'ok'],
  ['whole', 0, ['stat', '/blue/inner'], '1001 1001 700'],
  ['blue', 0, ['chown', '/secret', 0, 0], 'EPERM'],
  ['blue', 0, ['chmod', '/secret', '600'], 'ok'],
  ['whole', 0, ['stat', '/blue/secret'], '1001 1001 600'],
  // Also where its user may not what root may.
  ['whole', 0, ['write', '/blue/of-root', 'no'], 'ok'],
  ['whole', 0, ['chmod', '/blue/of-root', '600'], 'ok'],
  ['blue', 0, ['read', '/of-root'], 'EACCES'],
  ['blue', 0, ['remove', '/of-root'], 'ok'],
  // By `/`, the same files are the user's.
  ['whole', 1000, ['read', '/blue/second'], 'EACCES'],
  ['whole', 1001, ['read', '/blue/secret'], 'b'],
  ['whole', 1001, ['write', '/blue/secret', 'b3'], 'ok'],
  ['blue', 0, ['read', '/secret'], 'b3'],
  // Another access point has another user, and another root.
  ['green', 0, ['list', '/'], ''],
  ['green', 0, ['write', '/file', 'g'], 'ok'],
  ['whole', 0, ['stat', '/green/file'], '1002 1002 644'],
  ['green', 0, ['read', '/../blue/secret'], 'ENOENT'],
  ['green', 0, ['read', '/secret'], 'ENOENT'],
  // Secondary groups count.
  ['whole', 0, ['write', '/green/of-group', 'shared'], 'ok'],
  ['whole', 0, ['chown', '/green/of-group', 0, BLUE.gid], 'ok'],
  ['whole', 0, ['chmod', '/green/of-group', '640'], 'ok'],
  ['green', 0, ['read', '/of-group'], 'shared'],
  ['green', 0, ['write', '/of-group', 'no'], 'EACCES'],
  // What one writes another reads at once; names come, change and go for all.
  ['whole', 0, ['write', '/team/now', 'one'], 'ok'],
  ['directory', 0, ['read', '/now'], 'one'],
  ['directory', 0, ['write', '/now', 'two'], 'ok'],
  ['whole', 0, ['read', '/team/now'], 'two'],
  ['directory', 0, ['rename', '/now', '/later'], 'ok'],
  ['whole', 0, ['read', '/team/now'], 'ENOENT'],
  ['whole', 0, ['read', '/team/later'], 'two'],
  ['whole', 0, ['remove', '/team/later'], 'ok'],
  ['directory', 0, ['read', '/later'], 'ENOENT'],
]);

/** Acts the rows in their order; resolves with those that came out otherwise, in words. */
export async function differences(
  table: readonly Row[],
  views: Partial<Readonly<Record<ViewName, EfsView>>>,
): Promise<string[]> {
  const found: string[] = [];
  for (const { view, as, does, gets } of table) {
    const seen = await perform(views[view], as, does);
    if (seen !== gets) found.push(`${view} as ${as}: ${does.join(' ')}: ${seen}, and not ${gets}`);
  }
  return found;
}

function rows(all: readonly ShortRow[]): Row[] {
  return all.map(([view, as, does, gets]) => ({ view, as, does, gets }));
}
