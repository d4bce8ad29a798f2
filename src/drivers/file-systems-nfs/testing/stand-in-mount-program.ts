/**
 * Stands in for the mount program where the kernel has no NFS client: it mounts a tmpfs, with a file that says from
 * which namespace, as whom and with what options. The last part of the source chooses what goes wrong: `hang` never
 * ends, `done-and-hang` neither, though it mounts, and any errno's name fails with it. What is mounted from `…/stuck`
 * is only unmounted by force.
 */
import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { call } from '../../../linux/libc.ts';
import { mountNow, unmountNow } from '../../../linux/mount.ts';
import type { MountCommand } from '../mount-program.ts';

const command = JSON.parse(process.argv[2] ?? '') as MountCommand;
const CLONE_NEWUTS = 0x04000000;

function hang(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

if (command.does === 'mount') {
  const last = basename(command.source);
  if (last === 'hang') hang();
  if (/^E[A-Z]+$/.test(last)) process.stdout.write(last);
  else {
    call('unshare', 'of the host name', CLONE_NEWUTS);
    call('sethostname', command.hostname, command.hostname, command.hostname.length);
    mountNow({ source: 'tmpfs', target: command.path, type: 'tmpfs' });
    const seen = { ...command, namespace: readlinkSync('/proc/self/ns/net'), hostname: hostname() };
    writeFileSync(join(command.path, 'seen'), JSON.stringify(seen));
    if (last === 'done-and-hang') hang();
  }
} else {
  const { source } = JSON.parse(readFileSync(join(command.path, 'seen'), 'utf8')) as { source: string };
  if (!command.force && basename(source) === 'stuck') hang();
  unmountNow(command.path);
}
