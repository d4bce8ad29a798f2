/** A connection to a task's log router, by the unix socket that it makes. */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError } from '../../../domain/errors.ts';

/** Linux: names a file without opening it. */
const O_PATH = 0o10_000_000;

/**
 * `path`: where the router makes its socket, as seen here; undefined as long as the task has no disk. Rejects with
 * `unavailable` when nobody listens there.
 */
export async function connectToRouter(path: string | undefined, signal: AbortSignal): Promise<Duplex> {
  const socket = path === undefined ? undefined : openSocket(path);
  if (socket === undefined) throw new AppError('unavailable', 'the log router has made no socket yet');
  try {
    return await connected(`/proc/self/fd/${socket}`, signal);
  } finally {
    closeSync(socket);
  }
}

/**
 * A descriptor of the socket itself; undefined when there is none. The container may put anything in its place, such as a
 * link to a socket of the machine: only what lies there is taken, and only a socket.
 */
function openSocket(path: string): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, O_PATH | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  if (fstatSync(descriptor).isSocket()) return descriptor;
  closeSync(descriptor);
  throw new AppError('unavailable', 'there is no socket where the log router is to have one');
}

function connected(path: string, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    // The signal is for connecting only.
    const abort = (): void => void socket.destroy(new Error('aborted'));
    const fail = (cause: Error): void => {
      signal.removeEventListener('abort', abort);
      reject(new AppError('unavailable', 'the log router takes no connection', { cause }));
    };
    signal.addEventListener('abort', abort, { once: true });
    socket.once('error', fail).once('connect', () => {
      signal.removeEventListener('abort', abort);
      // Whoever uses the connection learns of its end by what he does with it.
      socket.off('error', fail).on('error', () => undefined);
      resolve(socket);
    });
  });
}
