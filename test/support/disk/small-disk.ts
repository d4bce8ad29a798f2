/** A disk of a test's own that can be filled: real ENOSPC, without the machine's own disk being touched. */
import { execFile } from 'node:child_process';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Mounts an ext4 of so many bytes, in a sparse file that it makes. */
export async function mountDisk(image: string, at: string, bytes: number): Promise<void> {
  await writeFile(image, '');
  await truncate(image, bytes);
  await run('mkfs.ext4', ['-q', '-m0', '-E', 'lazy_itable_init=1,nodiscard', image]);
  await mkdir(at);
  await run('mount', ['-o', 'loop,discard', image, at]);
}

/** Never fails; the image is left. */
export async function unmountDisk(at: string): Promise<void> {
  await run('umount', [at]).catch(() => run('umount', ['-l', at]).catch(() => undefined));
}
