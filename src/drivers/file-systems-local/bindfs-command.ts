/**
 * The command that shows a directory by bindfs. With a user, bindfs runs as that user without any capability, and the
 * kernel is told not to check callers by itself (`default_permissions`): so what counts is what the kernel lets that
 * user do with the real files, and new files are its own. Without one, bindfs runs as root and the kernel checks each
 * caller by owner, group and mode. Locks are the kernel's, among all who use the view: bindfs would forward those of
 * fcntl as one process for all of them, so that none would keep out another.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { PosixUser } from '../../domain/efs/records.ts';
import { AppError } from '../../domain/errors.ts';

export interface BindfsRequest {
  /** Tells this process from others. */
  readonly name: string;
  readonly user: PosixUser | undefined;
  /** Of libfuse, as `fuseVersion` tells it. */
  readonly fuse: number;
  readonly source: string;
  readonly view: string;
}

export const PROGRAM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ALWAYS = ['-f', '--multithreaded', '--xattr-none'];
const MOUNT_OPTIONS = [
  // Names stay known while somebody may have a handle of them: clients of NFS keep theirs for long.
  'noforget',
  // Others change the files, too.
  ...['attr_timeout=0', 'entry_timeout=0', 'negative_timeout=0'],
];
/** What fusermount has, being setuid root; bindfs as another user has none. */
const MOUNT_CAPABILITIES = ['sys_admin', 'setuid', 'setgid', 'dac_override', 'dac_read_search', 'chown'];
/** What bindfs needs as root: to make files each caller's, or to be root to them. */
const ROOT_CAPABILITIES = [...MOUNT_CAPABILITIES, 'fowner', 'fsetid', 'mknod'];
/** They would lie in the directory that is shown. */
const WITHOUT_DUMPS = ['prlimit', '--core=0'] as const;
/** libfuse does not wait for the fusermount that it was asked to keep. */
const WITHOUT_ZOMBIES = ['env', '--ignore-signal=CHLD'];

/** Takes the place of fusermount, which lies in /real then: the kernel is not to check callers. */
export const FUSERMOUNT_WRAPPER = `#!/bin/sh
for argument do
  shift
  case ",$argument," in
  *,default_permissions,*)
    argument=",$argument,"
    for option in default_permissions auto_unmount; do
      case "$argument" in
      *",$option,"*) argument="\${argument%%",$option,"*},\${argument#*",$option,"}" ;;
      esac
    done
    argument="\${argument#,}"
    argument="\${argument%,}"
    ;;
  esac
  set -- "$@" "$argument"
done
exec "/real/\${0##*/}" "$@"
`;

/** The major version of the libfuse that bindfs uses. `unavailable` without bindfs. */
export async function fuseVersion(): Promise<number> {
  const run = promisify(execFile)('bindfs', ['--fuse-version'], { env: { PATH: PROGRAM_PATH } });
  const { stdout } = await run.catch((cause: unknown) => {
    throw new AppError('unavailable', 'bindfs is not installed (Debian package bindfs)', { cause });
  });
  return Number(/version (\d+)/.exec(stdout)?.[1]);
}

/** Program and arguments; programs are looked for on the PATH. */
export function bindfsCommand(request: BindfsRequest): readonly [string, ...string[]] {
  const { user, fuse, source, view } = request;
  const options = [...MOUNT_OPTIONS, nameOption(request.name)];
  // Later ones write more than a page at a time without being told.
  if (fuse === 2) options.push('big_writes');
  // As root, libfuse mounts by itself, unless it is asked for what only fusermount can do.
  const isRoot = user?.uid === 0;
  if (isRoot) options.push('auto_unmount');
  const bindfs = [
    ...['bindfs', ...ALWAYS, user === undefined ? '--create-as-user' : '--create-as-mounter'],
    ...['-o', options.join(','), source, view],
  ];
  return [
    ...WITHOUT_DUMPS,
    'setpriv',
    ...identity(user),
    '--',
    ...(isRoot ? WITHOUT_ZOMBIES : []),
    ...bindfs,
  ];
}

/** Whether these are the arguments of a process with that name, at any step of its start. */
export function isNamed(name: string, args: readonly string[]): boolean {
  return args.some((argument) => argument.split(',').includes(nameOption(name)));
}

function nameOption(name: string): string {
  return `fsname=${name}`;
}

function identity(user: PosixUser | undefined): string[] {
  const { uid, gid, secondaryGids } = user ?? { uid: 0, gid: 0, secondaryGids: [] };
  const capabilities = uid === 0 ? ROOT_CAPABILITIES : MOUNT_CAPABILITIES;
  return [
    ...['--reuid', String(uid), '--regid', String(gid)],
    ...(secondaryGids.length > 0 ? ['--groups', secondaryGids.join(',')] : ['--clear-groups']),
    ...['--inh-caps', '-all', '--bounding-set', ['-all', ...capabilities.map((one) => `+${one}`)].join(',')],
  ];
}
