/** DNS over a TCP connection of a task: one query after the other, until it is silent for a while. */
import type { Socket } from 'node:net';
import { DnsFrames, framed } from './dns-frames.ts';

const IDLE_MS = 10_000;

/** Serves the connection until it ends. An answer that there is none of ends it, too. */
export async function serveDnsStream(
  socket: Socket,
  answer: (message: Buffer) => Promise<Uint8Array | undefined>,
): Promise<void> {
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  const frames = new DnsFrames();
  try {
    for await (const piece of socket) {
      for (const message of frames.push(piece as Buffer)) {
        const reply = await answer(message);
        if (reply === undefined) return;
        await written(socket, framed(reply));
      }
    }
    socket.end();
  } catch {
    // The other side has gone.
  } finally {
    if (!socket.writableEnded) socket.destroy();
  }
}

/** Who does not read his answers waits for them, and so asks no more. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error == null ? resolve() : reject(error)));
  });
}
