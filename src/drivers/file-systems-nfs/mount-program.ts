/**
 * The program that mounts and unmounts, a process each time: the kernel's NFS client waits for its server as long as
 * it takes, and only a process can be killed out of that. It prints the errno's name of what failed, or nothing. It is
 * started within the network namespace whose traffic it is to be.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrno } from '../../linux/errno.ts';
import { call } from '../../linux/libc.ts';
import { MNT_DETACH, MNT_FORCE, MS_NODEV, mountNow } from '../../linux/mount.ts';

const CLONE_NEWUTS = 0x04000000;
/** For users that are being killed; less than a forced unmount may take. */
const BUSY_MS = 2000;
const PAUSE_MS = 50;

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
async function run(command: MountCommand): Promise<void> {
  if (command.does === 'mount') {
    const { source, path: target, options: data, hostname } = command;
    call('unshare', 'of the host name', CLONE_NEWUTS);
    call('sethostname', hostname, hostname, hostname.length);
    mountNow({ source, target, type: 'nfs4', flags: MS_NODEV, data });
  } else if (command.force) {
    await unmountByForce(command.path);
  } else {
    unmount(command.path, 0);
  }
}

/**
 * What users of the mount wait for fails, and the next time what they began after that: one that was killed still
 * closes its files, and would wait for the server for ever. From those that do not end the mount is taken away.
 */
async function unmountByForce(path: string): Promise<void> {
  for (const end = performance.now() + BUSY_MS; performance.now() < end; await sleep(PAUSE_MS)) {
    try {
      unmount(path, MNT_FORCE);
      return;
    } catch (error) {
      if (!hasErrno(error, 'EBUSY')) break;
    }
  }
  unmount(path, MNT_DETACH);
}

/** What is not mounted is left as it is. */
function unmount(path: string, flags: number): void {
  try {
    call('umount2', path, path, flags);
  } catch (error) {
    if (!hasErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

try {
  await run(JSON.parse(process.argv[2] ?? '') as MountCommand);
} catch (error) {
  const code = (error as { details?: Readonly<Record<string, unknown>> }).details?.['syscallCode'];
  process.stdout.write(typeof code === 'string' ? code : 'EIO');
}
