import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { buildAddressQuery } from '../../domain/network/dns-message.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { createDnsForwarder, parseNameservers } from './dns-forwarder.ts';
import { serveDnsStream } from './dns-stream.ts';

const QUERY = buildAddressQuery(0x1234, 'example.com') ?? assert.fail();

/** A resolver on loopback that answers with the query itself and a tail. */
async function resolver(test: TestContext, answer: (query: Buffer) => Buffer | undefined) {
  const server = createServer((socket) => void serveDnsStream(socket, async (query) => answer(query)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4', (query, from) => {
    const found = answer(query);
    if (found !== undefined) socket.send(found, from.port, from.address);
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  test.after(() => {
    server.close();
    socket.close();
  });
  return port;
}

describe('the forwarder of names', () => {
  it('brings an answer as it is, by datagram and by stream, of any length', async (test) => {
    const port = await resolver(test, (query) => Buffer.concat([query, Buffer.alloc(3000, 7)]));
    const forward = createDnsForwarder({ upstreams: async () => ['127.0.0.1'], clock: systemClock, port });
    for (const transport of ['udp', 'tcp'] as const) {
      const answer = await forward(QUERY, transport);
      assert.deepEqual(answer, Buffer.concat([QUERY, Buffer.alloc(3000, 7)]), transport);
    }
  });

  it('asks the next resolver when one is not there or answers something else', async (test) => {
    let first = true;
    const port = await resolver(test, (query) => {
      const answer = Buffer.from(query);
      if (first) answer[0] = 0x99;
      first = false;
      return answer;
    });
    const upstreams = async () => ['nonsense', '127.0.0.9', '127.0.0.1', '127.0.0.1'];
    const forward = createDnsForwarder({ upstreams, clock: systemClock, port });
    assert.deepEqual(await forward(QUERY, 'udp'), Buffer.from(QUERY));
    assert.equal(first, false);
  });

  it('gives up on a resolver that is silent', async (test) => {
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const port = await resolver(test, () => {
      asked();
      return undefined;
    });
    const clock = new ManualClock(0);
    const forward = createDnsForwarder({ upstreams: async () => ['127.0.0.1'], clock, port });
    const answer = forward(QUERY, 'udp');
    await isAsked;
    clock.advance(3_000);
    assert.equal(await answer, undefined);
  });

  it('finds the resolvers in resolv.conf', () => {
    const text = '# nameserver 1.1.1.1\nsearch x\nnameserver 10.0.0.2 \n nameserver fd00::1\n';
    assert.deepEqual(parseNameservers(text), ['10.0.0.2', 'fd00::1']);
  });
});
