/**
 * The root directory of a server: the view, the server's own directory, and until it runs the host's programs and
 * libraries. The server may open files by handles, and a handle reaches all of a file system of which a process has any
 * directory or open file: so from then on it has none of the machine's own, neither /usr nor /proc nor /dev.
 */
import { closeSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDevice, provideHostPrograms } from '../../linux/host-programs.ts';
import { MS_NOSUID, mountNow } from '../../linux/mount.ts';
import { attachMount, cloneMountAt } from '../../linux/mount-tree.ts';
import { HOME, VIEW } from './ganesha-config.ts';

/** What the server looks up by itself; the table of mounts is where it looks for file systems. */
const FILES: Readonly<Record<string, string>> = {
  'etc/mtab': `view ${VIEW} fuse rw 0 0\n`,
  'etc/hosts': '127.0.0.1 localhost\n',
  'etc/netconfig': 'tcp tpi_cots_ord v inet tcp - -\nudp tpi_clts v inet udp - -\n',
};

/** Builds it in memory over the server's directory, in a mount namespace of its own. `view` is a directory's path. */
export function buildServerRoot(directory: string, view: string): void {
  const home = cloneMountAt(directory);
  const shown = cloneMountAt(view);
  try {
    const data = 'mode=755,size=1m';
    mountNow({ source: 'neargate', target: directory, type: 'tmpfs', flags: MS_NOSUID, data });
    for (const name of ['etc', 'dev', 'tmp', HOME, VIEW]) mkdirSync(join(directory, name));
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text);
    provideHostPrograms(directory);
    makeDevice(join(directory, 'dev/null'), 1, 3);
    attachMount(home, join(directory, HOME));
    attachMount(shown, join(directory, VIEW));
  } finally {
    closeSync(home);
    closeSync(shown);
  }
}
