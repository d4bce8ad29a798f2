/**
 * Mount namespaces: stepping into a new or another one for a few system calls, and leaving the rest of the machine
 * behind there. What happens inside is strictly synchronous and on this thread alone, so that nothing else of the
 * process ever sees a foreign namespace; when the way back fails the process ends at once, for the same reason.
 */
import { closeSync, openSync } from 'node:fs';
import { arch } from 'node:process';
import { AppError } from '../domain/errors.ts';
import { C, call } from './libc.ts';
import { MNT_DETACH, MS_PRIVATE, MS_REC, mountNow } from './mount.ts';

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const PIVOT_ROOT: Readonly<Partial<Record<string, number>>> = { x64: 155, arm64: 41 };

/** Runs `action` in a new namespace that begins as a copy of ours, of which nothing comes back. */
export function inNewMountNamespace<T>(action: () => T): T {
  return andBack(() => {
    call('unshare', 'of mounts', CLONE_NEWNS);
    mountNow({ source: 'none', target: '/', type: 'none', flags: MS_REC | MS_PRIVATE });
    return action();
  });
}

/** Runs `action` in the namespace of a descriptor (`/proc/<pid>/ns/mnt`), from its root directory. */
export function inMountNamespace<T>(namespace: number, action: () => T): T {
  return andBack(() => {
    call('setns', 'into a mount namespace', namespace, CLONE_NEWNS);
    return action();
  });
}

/**
 * Makes the mount point `directory` the root of this namespace, for all who are in it, and takes everything else out
 * of it. All its mounts become private: a copy of a shared one is shared, as all are where systemd runs, and cannot be
 * a root.
 */
export function enterRoot(directory: string): void {
  const number = PIVOT_ROOT[arch];
  if (number === undefined) throw new AppError('unimplemented', `pivot_root on ${arch}`);
  mountNow({ source: 'none', target: '/', type: 'none', flags: MS_REC | MS_PRIVATE });
  const handle = openSync(directory, 'r');
  try {
    call('fchdir', directory, handle);
  } finally {
    closeSync(handle);
  }
  // The old root comes to lie on top of the new one, from where it is taken off.
  call('pivotRoot', directory, number, '.', '.');
  call('umount2', 'the old root', '.', MNT_DETACH);
  const root = openSync('/', 'r');
  try {
    call('fchdir', '/', root);
  } finally {
    closeSync(root);
  }
}

function andBack<T>(action: () => T): T {
  // Threads share their root and working directory, and who shares them can change no namespace.
  call('unshare', 'of root and working directory', CLONE_FS);
  const home = openSync('/proc/thread-self/ns/mnt', 'r');
  const root = openSync('/', 'r');
  const workingDirectory = openSync('.', 'r');
  try {
    return action();
  } finally {
    // Whatever would follow in the wrong namespace is worse than a restart.
    const back = [C.setns(home, CLONE_NEWNS), C.fchdir(root), C.chroot('.'), C.fchdir(workingDirectory)];
    if (back.some((result) => result !== 0)) process.abort();
    for (const handle of [home, root, workingDirectory]) closeSync(handle);
  }
}
