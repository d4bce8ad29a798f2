import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { KeptConnection } from './kept-connection.ts';
import { bytesOf } from './body-pieces.ts';

/** Answers with what it was sent, but to the requests (from 0 on) whose connections it breaks off. */
async function openEcho(t: TestContext, broken: readonly number[] = []): Promise<KeptConnection> {
  let requests = 0;
  const server = createServer((request, response) => {
    if (broken.includes(requests++)) request.socket.resetAndDestroy();
    else request.pipe(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new KeptConnection(async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  });
  t.after(() => {
    connection.close();
    server.close();
  });
  return connection;
}

describe('A kept connection', () => {
  for (const lengths of [[], [5, 0, 7], [100, 40_000, 1, 16_000], [131_072, 300_000, 9]]) {
    it(`sends bodies of pieces whole and in order: ${lengths.join(' + ')} bytes`, async (t) => {
      const connection = await openEcho(t);
      const body = lengths.map((length, piece) => Buffer.from(Array.from({ length }, (_, at) => at + piece)));
      const headers = { host: 'localhost', 'content-length': String(bytesOf(body)) };
      for (let turn = 0; turn < 2; turn += 1) {
        const never = new AbortController().signal;
        const answer = await connection.send({ method: 'POST', path: '/', headers, body }, never);
        assert.ok(answer.body.equals(Buffer.concat(body)));
      }
    });
  }

  for (const length of [10, 400_000]) {
    it(`sends ${length} bytes once more when a connection that was kept proves broken, and no new one's`, async (t) => {
      const connection = await openEcho(t, [1, 3, 4]);
      const body = [Buffer.alloc(length, 'x')];
      const headers = { host: 'localhost', 'content-length': String(length) };
      const never = new AbortController().signal;
      const send = async (): Promise<number> =>
        (await connection.send({ method: 'POST', path: '/', headers, body }, never)).body.length;
      assert.equal(await send(), length);
      assert.equal(await send(), length);
      await assert.rejects(send());
      assert.equal(await send(), length);
    });
  }
});
