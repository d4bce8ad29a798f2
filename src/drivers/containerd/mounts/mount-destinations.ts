/**
 * Where the mounts of a container come to lie: the runtime follows the links on the way to each, within the container's
 * root. What would cover that root itself, or the /dev that the runtime makes, is refused: runc (1.1 at least) goes on
 * there by paths of the machine, as its root, through whatever link the volume has in place of /dev; and it hides parts
 * of /proc behind the volume's /dev/null.
 */
import { AppError } from '../../../domain/errors.ts';
import type { Mount } from '../../../domain/oci/types.ts';
import { type ByteString, componentsOf, toByteString } from '../../../linux/byte-string.ts';
import { hasErrno, nodeError } from '../../../linux/errno.ts';
import type { RootFilesystem } from '../../../ports/container-runtime.ts';
import { type LayeredEntry, lookUp, type MergedDirectory } from '../images/layered-tree.ts';
import { RUNTIMES_OWN } from './mount-places.ts';

/** As many links as Linux follows. */
const MAX_LINKS = 40;

/** `EINVAL`: a link that is no link any more. */
const GONE = ['ENOENT', 'ENOTDIR', 'EINVAL'];

/** What is seen at a place, by its path without links. */
type Covered = Map<string, { readonly directory: MergedDirectory; readonly isBind: boolean }>;

export interface SortedMounts {
  readonly outer: readonly Mount[];
  /** What the way to leads through another bind: where that leads may be changed by others meanwhile. */
  readonly nested: readonly Mount[];
}

/**
 * Throws `invalid` for a mount that would cover what it must not. In the order in which they are made; for each time that
 * a container is made, since its files may have changed.
 */
export async function sortMounts(
  { upperDir, lowerDirs }: RootFilesystem,
  mounts: readonly Mount[],
): Promise<SortedMounts> {
  const root = [upperDir, ...lowerDirs].map(toByteString);
  const covered: Covered = new Map();
  const [outer, nested]: [Mount[], Mount[]] = [[], []];
  for (const mount of mounts) {
    const { destination, type, source = '' } = mount;
    const isBind = type === 'bind';
    const { place, isInBind } = await placeOf(root, covered, destination);
    if (isBind) assertAllowed(destination, place);
    covered.set(pathOf(place), { directory: isBind ? [toByteString(source)] : [], isBind });
    (isBind && isInBind ? nested : outer).push(mount);
  }
  return { outer, nested };
}

function assertAllowed(destination: string, place: readonly ByteString[]): void {
  const [first = ''] = place;
  const isLedThere = RUNTIMES_OWN.includes(first) && componentsOf(toByteString(destination))[0] !== first;
  if (place.length > 0 && pathOf(place) !== '/dev' && !isLedThere) return;
  throw new AppError('invalid', `cannot mount at ${destination}: it would be mounted at ${pathOf(place)}`);
}

/** The names on the way from the root to where a path leads, the last ones perhaps not there yet. */
async function placeOf(
  root: MergedDirectory,
  covered: Covered,
  path: string,
): Promise<{ readonly place: readonly ByteString[]; readonly isInBind: boolean }> {
  const place: ByteString[] = [];
  const above: MergedDirectory[] = [root];
  let isInBind = false;
  let names = componentsOf(toByteString(path));
  for (let links = 0; names.length > 0; ) {
    const [name, ...rest] = names as [ByteString, ...ByteString[]];
    names = rest;
    if (name === '..') {
      place.pop();
      if (above.length > 1) above.pop();
      continue;
    }
    isInBind ||= covered.get(pathOf(place))?.isBind === true;
    const found = await seenNow(above.at(-1) ?? [], name);
    if (found?.kind === 'link') {
      links += 1;
      if (links > MAX_LINKS) throw new AppError('invalid', `cannot mount at ${path}: too many links`);
      if (found.target.startsWith('/')) {
        place.length = 0;
        above.length = 1;
      }
      names = [...componentsOf(found.target), ...rest];
      continue;
    }
    place.push(name);
    const seen = found?.kind === 'directory' ? found.directory : [];
    above.push(covered.get(pathOf(place))?.directory ?? seen);
  }
  return { place, isInBind };
}

/** What has just been taken away is not there. */
async function seenNow(directory: MergedDirectory, name: ByteString): Promise<LayeredEntry | undefined> {
  try {
    return await lookUp(directory, name);
  } catch (error) {
    const known = nodeError(error, name);
    if (hasErrno(known, ...GONE)) return undefined;
    throw known;
  }
}

const pathOf = (place: readonly ByteString[]): string => `/${place.join('/')}`;
