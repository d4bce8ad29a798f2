import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { ActingConnection } from './acting-connection.ts';

const USER = { uid: 1001, gid: 1002, secondaryGids: [] };
const LAST = 0x80000000;
const REST_BYTES = 3 * 2 ** 20;

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** A call with much behind its credentials. */
function call(credentials: Buffer): Buffer {
  const message = Buffer.concat([
    words(7, 0, 2, 100_003, 4, 1),
    credentials,
    Buffer.alloc(REST_BYTES, 'rest'),
  ]);
  return Buffer.concat([words(LAST + message.length), message]);
}

async function scene(test: TestContext): Promise<{ connection: ActingConnection; server: Socket }> {
  const listener = createServer({ allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  server.on('error', () => undefined);
  const connection = new ActingConnection(socket, USER);
  test.after(() => {
    server.destroy();
    connection.destroy();
    listener.close();
  });
  return { connection, server };
}

describe('ActingConnection', () => {
  it('carries calls as the user, and answers as they are, however slow the other side is', async (test) => {
    const { connection, server } = await scene(test);
    const answer = Buffer.alloc(REST_BYTES, 'answer');
    server.write(answer);
    server.once('end', () => server.end());
    for (let sent = 0; sent < 4; sent += 1) connection.write(call(words(0, 0)));
    connection.end();
    const [received, answered] = await Promise.all([buffer(server), buffer(connection)]);
    const expected = call(words(1, 20, 0, 0, 1001, 1002, 0));
    assert.ok(received.equals(Buffer.concat([expected, expected, expected, expected])));
    assert.ok(answered.equals(answer));
  });

  it('ends on both sides when the client sends something else', async (test) => {
    const { connection, server } = await scene(test);
    const failed = once(connection, 'error');
    const closed = once(server.resume(), 'close');
    connection.write('GET / HTTP/1.1\r\nHost: nfs\r\n\r\n');
    await failed;
    server.end();
    await closed;
    assert.ok(connection.destroyed);
  });

  it('ends when the server does', async (test) => {
    const { connection, server } = await scene(test);
    connection.resume().on('error', () => undefined);
    const closed = new Promise((resolve) => connection.once('close', resolve));
    server.resetAndDestroy();
    await closed;
  });
});
