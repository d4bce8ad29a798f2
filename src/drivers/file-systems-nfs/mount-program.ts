/**
 * The program that mounts and unmounts, a process each time: the kernel's NFS client waits for its server as long as
 * it takes, and only a process can be killed out of that. It prints the errno's name of what failed, or nothing. It is
 * started within the network namespace whose traffic it is to be.
 */
import { hasErrno } from '../../linux/errno.ts';
import { call } from '../../linux/libc.ts';
import { MNT_DETACH, MNT_FORCE, MS_NODEV, mountNow } from '../../linux/mount.ts';

const CLONE_NEWUTS = 0x04000000;

export type MountCommand =
  | {
      readonly does: 'mount';
      readonly source: string;
      readonly path: string;
      readonly options: string;
      /** The client's name for the server: two clients of one name would take each other's opens and locks away. */
      readonly hostname: string;
    }
  | { readonly does: 'unmount'; readonly path: string; readonly force: boolean };

/** Does what a command says; throws the AppError of its errno. */
function run(command: MountCommand): void {
  if (command.does === 'mount') {
    const { source, path: target, options: data, hostname } = command;
    call('unshare', 'of the host name', CLONE_NEWUTS);
    call('sethostname', hostname, hostname, hostname.length);
    mountNow({ source, target, type: 'nfs4', flags: MS_NODEV, data });
    return;
  }
  for (const flags of command.force ? [MNT_FORCE, MNT_DETACH] : [0]) {
    try {
      call('umount2', command.path, command.path, flags);
      return;
    } catch (error) {
      if (hasErrno(error, 'EINVAL', 'ENOENT')) return;
      if (flags !== MNT_FORCE) throw error;
    }
  }
}

try {
  run(JSON.parse(process.argv[2] ?? '') as MountCommand);
} catch (error) {
  const code = (error as { details?: Readonly<Record<string, unknown>> }).details?.['syscallCode'];
  process.stdout.write(typeof code === 'string' ? code : 'EIO');
}
