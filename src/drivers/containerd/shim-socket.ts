/**
 * The socket of a shim that was killed: containerd leaves the file behind. Its name is a hash of where the shim belongs;
 * should a version of containerd choose other names, nothing is found and nothing happens.
 */
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect } from 'node:net';

const DIRECTORY = '/run/containerd/s';

/** Where the shim of a group of containers listens. */
export function shimSocketPath(containerdSocket: string, namespace: string, group: string): string {
  const name = createHash('sha256').update(`${containerdSocket}/${namespace}/${group}`).digest('hex');
  return `${DIRECTORY}/${name}`;
}

/** Removes the file when nobody listens on it any more. */
export async function removeDeadShimSocket(path: string): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  if (code === 'ECONNREFUSED') await unlink(path).catch(() => undefined);
}
