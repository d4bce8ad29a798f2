/** Whether a client speaks TLS, by its first bytes, which stay unread. */
import type { Socket } from 'node:net';

/** How records of TLS begin that hold a handshake. NFS begins with the length of a record below 2³¹, its highest bit set. */
const HANDSHAKE = [0x16, 0x03] as const;

/** Undefined when the connection ends, or the signal fires, before it says anything. */
export function speaksTls(socket: Socket, signal: AbortSignal): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    const settle = (answer: boolean | undefined): void => {
      socket.off('readable', look).off('end', stop).off('close', stop);
      signal.removeEventListener('abort', stop);
      resolve(answer);
    };
    const stop = (): void => settle(undefined);
    const look = (): void => {
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) return;
      // Not to be seen by this listener once more.
      settle(HANDSHAKE.every((byte, index) => (bytes[index] ?? byte) === byte));
      socket.unshift(bytes);
    };
    if (signal.aborted || socket.destroyed) return resolve(undefined);
    signal.addEventListener('abort', stop);
    socket.on('readable', look).once('end', stop).once('close', stop);
  });
}
