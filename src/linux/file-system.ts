/** Calls on a whole mounted file system. */
import { open } from 'node:fs/promises';
import { AppError } from '../domain/errors.ts';
import { nodeError } from './errno.ts';
import { callOffThread } from './libc.ts';

const FS_IOC_SHUTDOWN = 0x8004587d;
const FITRIM = 0xc0185879;
const GOING_DOWN_WITHOUT_FLUSH = 2;

/**
 * Stops a file system without writing what is still in memory; for one that is about to be deleted. `outside` is
 * what it must not be: the check is made on the open directory itself, so that no race can hit the wrong one.
 */
export async function shutDownFileSystem(
  mountPoint: string,
  outside: { readonly dev: number },
): Promise<void> {
  await onMounted(mountPoint, outside, async (fd) => {
    const how = Buffer.from([GOING_DOWN_WITHOUT_FLUSH, 0, 0, 0]);
    await callOffThread('ioctl', 'FS_IOC_SHUTDOWN', fd, FS_IOC_SHUTDOWN, how);
  });
}

/** Tells the device below which blocks are free. `outside` as above; `unimplemented` where the device cannot be told. */
export async function trimFileSystem(mountPoint: string, outside: { readonly dev: number }): Promise<void> {
  await onMounted(mountPoint, outside, async (fd) => {
    // struct fstrim_range: from 0, all, of any length.
    const range = Buffer.alloc(24);
    range.writeBigUInt64LE(2n ** 64n - 1n, 8);
    await callOffThread('ioctl', 'FITRIM', fd, FITRIM, range);
  });
}

async function onMounted(
  mountPoint: string,
  outside: { readonly dev: number },
  act: (fd: number) => Promise<void>,
): Promise<void> {
  const directory = await open(mountPoint, 'r').catch((error: unknown) => {
    throw nodeError(error, mountPoint);
  });
  try {
    if ((await directory.stat()).dev === outside.dev) {
      throw new AppError('failed-precondition', `nothing is mounted at ${mountPoint}`);
    }
    await act(directory.fd);
  } finally {
    await directory.close();
  }
}
