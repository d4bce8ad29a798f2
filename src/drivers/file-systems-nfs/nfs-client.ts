/** Whether the kernel can mount NFSv4. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const PATH = '/usr/sbin:/sbin:/usr/bin:/bin';
const MODULE = 'nfsv4';

/** Loads the kernel's module where it is one. False when it has neither. */
export async function hasNfsClient(): Promise<boolean> {
  if (await isKnown()) return true;
  await new Promise<void>((resolve) => {
    // Where there is no modprobe there are no modules.
    execFile('modprobe', ['--quiet', MODULE], { env: { PATH } }, () => resolve());
  });
  return await isKnown();
}

async function isKnown(): Promise<boolean> {
  const lines = (await readFile('/proc/filesystems', 'utf8')).split('\n');
  return lines.some((line) => line.split('\t')[1] === 'nfs4');
}
