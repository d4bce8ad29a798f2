/** What a process of bindfs has for a root directory until it is locked in: programs of the host, and little else. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bindFile, makeDevice, provideHostPrograms } from '../../linux/host-programs.ts';
import { attachMount } from '../../linux/mount-tree.ts';
import { MS_BIND, mountNow } from '../../linux/mount.ts';
import { FUSERMOUNT_WRAPPER } from './bindfs-command.ts';

/** Where the process finds the directory that it shows, and where it mounts the view. */
export const SOURCE = '/source';
export const VIEW = '/view';

const FUSERMOUNTS = ['bin/fusermount', 'bin/fusermount3', 'usr/bin/fusermount', 'usr/bin/fusermount3'];

/**
 * Builds it in memory, mounted at `root`, in a mount namespace of its own. `source`: a mount without a place; `uid`: as
 * whom bindfs will run.
 */
export function buildViewRoot(root: string, source: number, uid: number): void {
  mountNow({ source: 'neargate', target: root, type: 'tmpfs', data: 'mode=755,size=1m' });
  for (const name of ['etc', 'dev', 'real', SOURCE]) makeDirectory(join(root, name), 0o755);
  // fusermount mounts where its caller may write.
  makeDirectory(join(root, VIEW), 0o777);
  provideHostPrograms(root);
  makeDevice(join(root, 'dev/null'), 1, 3);
  makeDevice(join(root, 'dev/fuse'), 10, 229);
  makeFile(join(root, 'etc/fuse.conf'), 'user_allow_other\n');
  // fusermount refuses users without a name, and counts the mounts of the table.
  makeFile(join(root, 'etc/passwd'), `view:x:${uid}:65534::/:/bin/false\n`);
  makeFile(join(root, 'etc/no-mounts'), '');
  symlinkSync('no-mounts', join(root, 'etc/mtab'));
  wrapFusermount(root);
  attachMount(source, join(root, SOURCE));
}

function wrapFusermount(root: string): void {
  const wrapper = join(root, 'real/wrapper');
  makeFile(wrapper, FUSERMOUNT_WRAPPER, 0o755);
  const places = FUSERMOUNTS.filter((path) => existsSync(`/${path}`));
  // All originals first: one name may be a link to the other.
  for (const path of places) bindFile(`/${path}`, join(root, 'real', path.split('/').at(-1) ?? path));
  for (const path of places)
    mountNow({ source: wrapper, target: join(root, path), type: 'none', flags: MS_BIND });
}

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path);
  // Whatever the umask.
  chmodSync(path, mode);
}

function makeFile(path: string, content: string, mode = 0o644): void {
  writeFileSync(path, content);
  chmodSync(path, mode);
}
