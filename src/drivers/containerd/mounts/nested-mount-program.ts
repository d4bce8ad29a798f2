/**
 * The runtime's hook that makes mounts (nested-mounts.ts): its last argument are binds of the spec as JSON, its input is the
 * container's state. Nothing is looked up but by descriptors, below the container's root, within which links on the way are
 * followed; what is not there is made. On its error output it says what cannot be done.
 */
import { closeSync, fstatSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { AppError, hasKind, toAppError } from '../../../domain/errors.ts';
import type { Mount } from '../../../domain/oci/types.ts';
import { componentsOf } from '../../../linux/byte-string.ts';
import { hasErrno } from '../../../linux/errno.ts';
import { call } from '../../../linux/libc.ts';
import { inMountNamespace, inNewMountNamespace } from '../../../linux/mount-namespace.ts';
import { attachMountOn, cloneMountsAt } from '../../../linux/mount-tree.ts';
import { MS_BIND, MS_NODEV, MS_RDONLY, MS_REC, MS_REMOUNT, mountNow } from '../../../linux/mount.ts';
import { openInRoot } from '../../../linux/open-in-root.ts';
import { RUNTIMES_OWN } from './mount-places.ts';

/** What a hook is told (OCI runtime spec, "State"), as far as it is used. */
interface ContainerState {
  readonly pid: number;
  readonly bundle: string;
}

interface OpenMount {
  readonly destination: string;
  readonly isDirectory: boolean;
  readonly mount: number;
}

const S_IFREG = 0o100000;
const DIRECTORY_MODE = 0o755;
const FILE_MODE = 0o644;

function run(mounts: readonly Mount[], { pid, bundle }: ContainerState): void {
  const path = `/proc/${pid}/ns/mnt`;
  if (readlinkSync(path) === readlinkSync('/proc/self/ns/mnt')) throw new Error('the container is gone');
  const container = openSync(path, 'r');
  // With options of their own, which a mount cannot be given while it is attached nowhere.
  const open = inNewMountNamespace(() => mounts.map(openMount));
  inMountNamespace(container, () => {
    const root = openSync(`${bundle}/rootfs`, 'r');
    for (const mount of open) attach(root, mount);
  });
}

function openMount({ destination, source = '', options = [] }: Mount): OpenMount {
  mountNow({ source, target: source, type: 'none', flags: MS_BIND | MS_REC });
  const flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV;
  if (options.includes('ro')) mountNow({ source: 'none', target: source, type: 'none', flags });
  return { destination, isDirectory: statSync(source).isDirectory(), mount: cloneMountsAt(source) };
}

function attach(root: number, { destination, isDirectory, mount }: OpenMount): void {
  try {
    const place = openPlace(root, componentsOf(destination), isDirectory);
    assertAllowed(root, place, componentsOf(destination));
    attachMountOn(mount, place);
    closeSync(place);
  } catch (error) {
    throw new Error(`cannot mount at ${destination}: ${toAppError(error).message}`, { cause: error });
  }
}

/** What is not there is made, name by name, as the runtime would. */
function openPlace(root: number, names: readonly string[], isDirectory: boolean): number {
  const path = names.join('/') || '.';
  try {
    return openInRoot(root, path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  const above = openPlace(root, names.slice(0, -1), true);
  const name = names.at(-1) ?? '';
  try {
    if (isDirectory) call('mkdirat', path, above, name, DIRECTORY_MODE);
    else call('mknodat', path, above, name, S_IFREG | FILE_MODE, 0n);
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error;
  }
  closeSync(above);
  return openInRoot(root, path);
}

/** The same places as for the mounts that the runtime makes. */
function assertAllowed(root: number, place: number, [first = '']: readonly string[]): void {
  const found = fstatSync(place);
  const own = fstatSync(root);
  if (found.dev === own.dev && found.ino === own.ino)
    throw new AppError('invalid', 'it would be mounted at /');
  if (found.dev === own.dev) return;
  for (const name of RUNTIMES_OWN) {
    if (name !== first && found.dev === deviceOf(root, name)) {
      throw new AppError('invalid', `it would be mounted in /${name}`);
    }
  }
}

function deviceOf(root: number, name: string): number | undefined {
  try {
    const place = openInRoot(root, name);
    const { dev } = fstatSync(place);
    closeSync(place);
    return dev;
  } catch (error) {
    if (hasKind(error, 'not-found')) return undefined;
    throw error;
  }
}

try {
  const mounts = JSON.parse(process.argv.at(-1) ?? '') as Mount[];
  run(mounts, JSON.parse(readFileSync('/dev/stdin', 'utf8')) as ContainerState);
} catch (error) {
  process.stderr.write(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
