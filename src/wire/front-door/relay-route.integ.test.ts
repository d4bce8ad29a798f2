import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { createRelay } from './relay-route.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(test: TestContext, handler: Handler): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  test.after(close);
  return { port: (server.address() as AddressInfo).port, close };
}

/** A front that relays to a server which answers as `handler` does. */
async function relayed(test: TestContext, handler: Handler) {
  const behind = await serve(test, handler);
  const relay = createRelay(new URL(`http://127.0.0.1:${behind.port}`));
  test.after(() => relay.close());
  return { behind, front: await serve(test, (asked, answer) => relay.handle(asked, answer)) };
}

async function ask(port: number, options: RequestOptions, body?: Buffer): Promise<IncomingMessage> {
  const asked = request({ host: '127.0.0.1', port, agent: false, ...options });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return answer;
}

describe('a relayed exchange', () => {
  it('keeps method, path, Host, headers and body, in both directions', async (test) => {
    const sent = Buffer.alloc(2_000_000, 'ab');
    const { front } = await relayed(test, (asked, answer) => {
      void buffer(asked).then((body) => {
        const { method, url, headers } = asked;
        answer.writeHead(206, { 'x-amz-request-id': '7', etag: '"a"', 'set-cookie': ['a=1', 'b=2'] });
        answer.end(JSON.stringify([method, url, headers.host, headers.authorization, body.equals(sent)]));
      });
    });
    const headers = { host: 'b.s3.eu-west-1.amazonaws.com', authorization: 'AWS4 x', expect: '100-continue' };
    const answer = await ask(front.port, { method: 'PUT', path: '/k%20y?partNumber=1', headers }, sent);
    assert.deepEqual(
      [answer.statusCode, answer.headers['x-amz-request-id'], answer.headers['set-cookie']],
      [206, '7', ['a=1', 'b=2']],
    );
    const expected = ['PUT', '/k%20y?partNumber=1', headers.host, headers.authorization, true];
    assert.deepEqual(JSON.parse(await text(answer)), expected);
  });

  it('without an answer says that the service is unavailable', async (test) => {
    const { front, behind } = await relayed(test, (asked) => asked.socket.destroy());
    for (const close of [async () => undefined, () => behind.close()]) {
      await close();
      const answer = await ask(front.port, { path: '/b/k' });
      assert.equal(answer.statusCode, 503);
      assert.match(await text(answer), /<Code>ServiceUnavailable<\/Code>/);
    }
  });

  it('breaks off where the answer does, so that nobody takes a part for the whole', async (test) => {
    const { front } = await relayed(test, (asked, answer) => {
      answer.writeHead(200, { 'content-length': 100 });
      answer.write('part', () => asked.socket.destroy());
    });
    const answer = await ask(front.port, { path: '/b/k' });
    await assert.rejects(text(answer), { code: 'ECONNRESET' });
  });

  it('ends behind when the caller goes', async (test) => {
    let ended = (): void => undefined;
    const isEnded = new Promise<void>((resolve) => (ended = resolve));
    const { front } = await relayed(test, (_asked, answer) => {
      answer.writeHead(200).write('endless');
      answer.once('close', ended);
    });
    const answer = await ask(front.port, { path: '/b/k' });
    await once(answer, 'data');
    answer.destroy();
    await isEnded;
  });
});
