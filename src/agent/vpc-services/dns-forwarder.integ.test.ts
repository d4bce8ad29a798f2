import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { buildAddressQuery } from '../../domain/network/names/dns-message.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { createDnsForwarder, parseNameservers } from './dns-forwarder.ts';
import { serveDnsStream } from './dns-stream.ts';

const QUERY = buildAddressQuery(0x1234, 'example.com') ?? assert.fail();

/** What resolvers say to a query: its question again, and a tail. */
function answerTo(query: Buffer, tail = Buffer.alloc(0)): Buffer {
  const answer = Buffer.concat([query, tail]);
  answer[2] = 0x81;
  return answer;
}

/** A resolver on loopback. */
async function resolver(
  test: TestContext,
  answer: (query: Buffer, port?: number) => Buffer | readonly Buffer[] | undefined,
) {
  const server = createServer((socket) => {
    void serveDnsStream(socket, async (query) => [answer(query) ?? []].flat()[0]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = createSocket('udp4', (query, from) => {
    for (const each of [answer(query, from.port) ?? []].flat()) socket.send(each, from.port, from.address);
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  test.after(() => {
    server.close();
    socket.close();
  });
  return port;
}

function forwarder(test: TestContext, port: number, hosts = ['127.0.0.1']) {
  const upstreams = hosts.map((host) => ({ host, port }));
  const clock = new ManualClock(0);
  // Its sockets are closed by time.
  test.after(() => clock.advance(60_000));
  return {
    clock,
    forward: createDnsForwarder({ upstreams: async () => upstreams, clock, ids: randomIds }),
  };
}

describe('the forwarder of names', () => {
  it('brings an answer as it is, by datagram and by stream, of any length', async (test) => {
    const tail = Buffer.alloc(3000, 7);
    const port = await resolver(test, (query) => answerTo(query, tail));
    const { forward } = forwarder(test, port);
    for (const transport of ['udp', 'tcp'] as const) {
      assert.deepEqual(await forward(QUERY, transport), answerTo(Buffer.from(QUERY), tail), transport);
    }
  });

  it('asks the next resolver when one is not there', async (test) => {
    const port = await resolver(test, (query) => answerTo(query));
    const { forward } = forwarder(test, port, ['127.0.0.9', '127.0.0.1']);
    for (const transport of ['udp', 'tcp'] as const) {
      assert.deepEqual(await forward(QUERY, transport), answerTo(Buffer.from(QUERY)), transport);
    }
  });

  it('takes no answer to another question, with another id, or from somebody else', async (test) => {
    const other = buildAddressQuery(0, 'example.org') ?? assert.fail();
    const forger = createSocket('udp4').bind(0, '127.0.0.1');
    test.after(() => void forger.close());
    await once(forger, 'listening');
    let forged = 0;
    const port = await resolver(test, (query, from) => {
      const question = answerTo(Buffer.from(other));
      question.set(query.subarray(0, 2));
      const id = answerTo(query);
      id.writeUInt16BE((query.readUInt16BE() + 1) % 65_536);
      if (from !== undefined) {
        forger.send(answerTo(query, Buffer.from('forged')), from, '127.0.0.1');
        forged += 1;
      }
      return [question, id, query, Buffer.from([1]), answerTo(query, Buffer.from('true'))];
    });
    const { forward } = forwarder(test, port);
    assert.deepEqual(await forward(QUERY, 'udp'), answerTo(Buffer.from(QUERY), Buffer.from('true')));
    assert.equal(forged, 1);
  });

  it('asks many questions over few ports, under ids of its own, and over others later', async (test) => {
    const ports = new Set<number>();
    const ids: number[] = [];
    const port = await resolver(test, (query, from) => {
      ids.push(query.readUInt16BE());
      if (from !== undefined) ports.add(from);
      return answerTo(query);
    });
    const { forward, clock } = forwarder(test, port);
    const askMany = async (): Promise<number[]> => {
      const names = Array.from({ length: 200 }, (_, index) => `n${index}.example`);
      const answers = await Promise.all(
        names.map((name) => forward(buildAddressQuery(7, name) ?? assert.fail(), 'udp')),
      );
      for (const [index, answer] of answers.entries()) {
        assert.deepEqual(answer, answerTo(Buffer.from(buildAddressQuery(7, names[index] ?? '') ?? [])));
      }
      const used = [...ports];
      ports.clear();
      return used;
    };
    const first = await askMany();
    assert.ok(first.length > 8 && first.length <= 32, `${first.length} ports`);
    assert.ok(new Set(ids).size > 190, `${new Set(ids).size} ids of 200 questions`);
    const second = await askMany();
    assert.ok(new Set([...first, ...second]).size <= 32, 'other ports within a second');
    clock.advance(1_000);
    const third = await askMany();
    assert.ok(third.filter((each) => first.includes(each)).length < 8, 'the same ports a second later');
  });

  it('gives up on a resolver that is silent', async (test) => {
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const port = await resolver(test, () => {
      asked();
      return undefined;
    });
    const { forward, clock } = forwarder(test, port);
    const answer = forward(QUERY, 'udp');
    await isAsked;
    clock.advance(3_000);
    assert.equal(await answer, undefined);
  });

  it('finds the resolvers in resolv.conf', () => {
    const text = '# nameserver 1.1.1.1\nsearch x\nnameserver 10.0.0.2 \nnameserver x\n nameserver fd00::1\n';
    assert.deepEqual(parseNameservers(text), [
      { host: '10.0.0.2', port: 53 },
      { host: 'fd00::1', port: 53 },
    ]);
  });
});
