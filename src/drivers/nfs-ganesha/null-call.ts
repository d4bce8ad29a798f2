/** Asks an NFS server whether it is there, by the procedure that every RPC program has for this. */
import { once } from 'node:events';
import type { Socket } from 'node:net';

/** A whole record: transaction 1, call, RPC 2, program NFS, version 4, procedure 0, no credentials, no verifier. */
const NULL_CALL = Buffer.from(Uint32Array.of(0x80000028, 1, 0, 2, 100_003, 4, 0, 0, 0, 0, 0).buffer).swap32();

/** Resolves when the server has answered; rejects when it ends the connection, or the signal fires. Ends the connection. */
export async function callNull(socket: Socket, signal: AbortSignal): Promise<void> {
  try {
    socket.write(NULL_CALL);
    const ended = once(socket, 'close', { signal }).then(() => {
      throw new Error('the NFS server ended the connection');
    });
    await Promise.race([once(socket, 'data', { signal }), ended]);
  } finally {
    socket.destroy();
  }
}
