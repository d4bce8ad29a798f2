import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { ServiceConnections } from './service-connections.ts';

async function listening(test: TestContext, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onConnection).listen(0, '127.0.0.1');
  await once(server, 'listening');
  test.after(() => server.close());
  return server;
}

function dial(at: Server | number): Socket {
  const port = typeof at === 'number' ? at : (at.address() as AddressInfo).port;
  return connect({ host: '127.0.0.1', port, allowHalfOpen: true });
}

/** A listener whose connections are carried to a service, all of one source, `most` in all. */
async function carried(test: TestContext, service: (socket: Socket) => void, most = 4096) {
  const behind = await listening(test, service);
  const { port } = behind.address() as AddressInfo;
  const connections = new ServiceConnections(silentLogger, most);
  const front = await listening(test, (socket) => connections.carry('task', socket, () => dial(port)));
  return { front, behind, connections };
}

describe('a connection that is carried', () => {
  it('brings both directions whole, also when one ends before the other', async (test) => {
    const { front } = await carried(test, (socket) => {
      let length = 0;
      socket.on('data', (piece: Buffer) => (length += piece.length));
      socket.on('end', () => socket.end(`answer to ${length}`));
    });
    const socket = dial(front);
    socket.end('x'.repeat(1_000_000));
    assert.equal(await text(socket), 'answer to 1000000');
  });

  it('ends when its service does, or is not there', async (test) => {
    const { front, behind } = await carried(test, (socket) => socket.destroy());
    await text(dial(front)).catch(() => undefined);
    behind.close();
    await once(behind, 'close');
    await assert.rejects(once(dial(front).resume(), 'end'), { code: 'ECONNRESET' });
  });

  it('is refused beyond 256 of one interface, until one of them ends', async (test) => {
    const { front, behind, connections } = await carried(test, (socket) => {
      socket.write('here');
      socket.resume().on('end', () => socket.end());
    });
    const sockets = Array.from({ length: 256 }, () => dial(front));
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    const beyond = dial(front);
    await assert.rejects(once(beyond, 'data'), { code: 'ECONNRESET' });
    // Another interface has its own.
    const others = await listening(test, (socket) => connections.carry('other', socket, () => dial(behind)));
    const other = dial(others);
    await once(other, 'data');
    const [first] = sockets;
    first?.destroy();
    for (;;) {
      const again = dial(front);
      const came = await once(again, 'data').catch(() => undefined);
      again.destroy();
      if (came !== undefined) break;
    }
    for (const socket of [...sockets, other]) socket.destroy();
  });

  it('is refused beyond what all interfaces may have', async (test) => {
    const here = (socket: Socket): void => {
      socket.write('here');
      socket.resume().on('end', () => socket.end());
    };
    const { front, behind, connections } = await carried(test, here, 2);
    const others = await listening(test, (socket) => connections.carry('other', socket, () => dial(behind)));
    const sockets = [dial(front), dial(others)];
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    await assert.rejects(once(dial(others), 'data'), { code: 'ECONNRESET' });
    for (const socket of sockets) socket.destroy();
  });
});
