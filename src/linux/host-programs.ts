/** The host's programs and their libraries in another root directory, for processes that are to have little else. */
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { call } from './libc.ts';
import { MS_BIND, MS_RDONLY, MS_REMOUNT, mountNow, unmountNow } from './mount.ts';

/** As far as they are there. */
const DIRECTORIES = ['usr', 'bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const LIBRARY_CACHE = 'etc/ld.so.cache';
const S_IFCHR = 0o020000;

/**
 * Shows programs and libraries, which nobody can change there, in a root that is being built in a mount namespace of
 * its own. It must have an `etc`.
 */
export function provideHostPrograms(root: string): void {
  for (const name of DIRECTORIES) provide(root, name);
  if (existsSync(`/${LIBRARY_CACHE}`)) bindFile(`/${LIBRARY_CACHE}`, join(root, LIBRARY_CACHE));
}

/** Takes them away again, in a namespace whose root has them: for processes that have loaded what they need. */
export function withdrawHostPrograms(): void {
  for (const name of [...DIRECTORIES, LIBRARY_CACHE]) unmountNow(`/${name}`);
}

/** A character device that everybody may use. */
export function makeDevice(path: string, major: number, minor: number): void {
  call('mknod', path, path, S_IFCHR, BigInt(major * 256 + minor));
  chmodSync(path, 0o666);
}

/** Shows one file of the host at a path, made where it is not there. */
export function bindFile(source: string, target: string): void {
  closeSync(openSync(target, 'a'));
  mountNow({ source, target, type: 'none', flags: MS_BIND });
}

function provide(root: string, name: string): void {
  const [original, target] = [`/${name}`, join(root, name)];
  if (!existsSync(original)) return;
  if (lstatSync(original).isSymbolicLink()) return symlinkSync(readlinkSync(original), target);
  mkdirSync(target);
  mountNow({ source: original, target, type: 'none', flags: MS_BIND });
  mountNow({ source: 'none', target, type: 'none', flags: MS_BIND | MS_REMOUNT | MS_RDONLY });
}
