/** A port on loopback whose connections are carried to wherever `connect` leads, for clients that know only ports. */
import { once } from 'node:events';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';

export interface Forwarder {
  readonly port: number;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
}

/** A connection whose way fails is closed. */
export async function forward(connect: () => Promise<Duplex>): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
    connect().then(
      (other) => {
        pipeline(socket, other, () => other.destroy());
        pipeline(other, socket, () => socket.destroy());
      },
      () => socket.destroy(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
