import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, property, uint8Array } from 'fast-check';
import {
  buildAddressQuery,
  buildAnswer,
  buildRefusal,
  DNS_CODE,
  DNS_TYPE,
  type DnsQuery,
  isAnswerTo,
  isQuery,
  readQuery,
  readReply,
} from './dns-message.ts';

function query(name: string): DnsQuery {
  const read = readQuery(buildAddressQuery(7, name) ?? assert.fail());
  assert.ok(read !== undefined && isQuery(read));
  return read;
}

const withTail = (message: Uint8Array, counts: readonly [number, number], tail: readonly number[]) => {
  const bytes = Uint8Array.from([...message, ...tail]);
  bytes[counts[0]] = counts[1];
  return bytes;
};

describe('DNS messages', () => {
  it('carry a question there and its answer back', () => {
    const asked = query('Logs.us-east-1.amazonaws.com.');
    assert.equal(asked.name, 'logs.us-east-1.amazonaws.com');
    assert.deepEqual([asked.type, asked.udpSize, asked.extended], [DNS_TYPE.A, 512, false]);
    const records = ['198.18.0.11', '10.0.0.4'].map((data) => ({ type: DNS_TYPE.A, ttl: 60, data }));
    const reply = readReply(buildAnswer(asked, { code: DNS_CODE.noError, records }));
    assert.deepEqual(reply, { id: 7, code: 0, truncated: false, addresses: ['198.18.0.11', '10.0.0.4'] });
  });

  it('repeat the question byte for byte, whatever its case', () => {
    const asked = query('LoGs.Example');
    const answer = buildAnswer(asked, { code: DNS_CODE.unknownName });
    assert.ok(Buffer.from(answer).includes(Buffer.from('LoGs')));
    assert.equal(readReply(answer)?.code, DNS_CODE.unknownName);
  });

  it('are cut to what the sender takes, who is then told so', () => {
    const asked = query('x.example');
    const records = Array.from({ length: 40 }, (_, index) => ({
      type: DNS_TYPE.A,
      ttl: 60,
      data: `10.0.0.${index}`,
    }));
    const short = buildAnswer(asked, { code: DNS_CODE.noError, records }, asked.udpSize);
    assert.ok(short.length <= 512);
    assert.deepEqual(readReply(short), { id: 7, code: 0, truncated: true, addresses: [] });
    const whole = readReply(buildAnswer(asked, { code: DNS_CODE.noError, records }));
    assert.equal(whole?.addresses.length, 40);
  });

  it('say how long an answer may be, in both directions', () => {
    const opt = [0, 0, 41, 0x05, 0x00, 0, 0, 0, 0, 0, 0];
    const read = readQuery(withTail(buildAddressQuery(7, 'x.example') ?? assert.fail(), [11, 1], opt));
    assert.ok(read !== undefined && isQuery(read));
    assert.deepEqual([read.udpSize, read.extended], [1280, true]);
    const answer = buildAnswer(read, { code: DNS_CODE.noError });
    assert.equal(answer[11], 1);
    assert.deepEqual([...answer.subarray(-11, -8)], [0, 0, 41]);
  });

  it('name a host for an address', () => {
    const asked = query('4.0.0.10.in-addr.arpa');
    const records = [{ type: DNS_TYPE.PTR, ttl: 60, data: 'ip-10-0-0-4.ec2.internal' }];
    const answer = Buffer.from(buildAnswer(asked, { code: DNS_CODE.noError, records }));
    assert.ok(answer.includes(Buffer.from('\x0bip-10-0-0-4\x03ec2\x08internal\x00', 'latin1')));
  });

  it('refuse what is no single question about the internet', () => {
    const plain = buildAddressQuery(7, 'x.example') ?? assert.fail();
    const changed = (at: number, value: number) => {
      const bytes = Uint8Array.from(plain);
      bytes[at] = value;
      return readQuery(bytes);
    };
    assert.deepEqual(changed(5, 2), { id: 7, code: DNS_CODE.formatError });
    assert.deepEqual(changed(2, 0x10), { id: 7, code: DNS_CODE.notImplemented });
    assert.deepEqual(changed(plain.length - 1, 3), { id: 7, code: DNS_CODE.notImplemented });
    assert.equal(changed(12, 0xc0) !== undefined && isQuery(changed(12, 0xc0) as DnsQuery), false);
    assert.equal(buildRefusal({ id: 7 }), undefined);
    assert.deepEqual(changed(2, 0x80), { id: 7 });
    assert.equal(buildRefusal({ id: 7, code: DNS_CODE.formatError })?.length, 12);
  });

  it('follow aliases to the addresses behind them', () => {
    const asked = buildAnswer(query('x.example'), { code: DNS_CODE.noError });
    const alias = [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 2, 0xc0, 14];
    const address = [0xc0, 14, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
    assert.deepEqual(readReply(withTail(asked, [7, 2], [...alias, ...address]))?.addresses, ['192.0.2.1']);
  });

  it('belong to a question by its id, its name in whatever case, its type and its class', () => {
    const asked = buildAddressQuery(7, 'x.example') ?? assert.fail();
    const answer = buildAnswer(query('x.example'), { code: DNS_CODE.unknownName });
    assert.equal(isAnswerTo(asked, answer), true);
    const changed = (at: number, value: number) => {
      const bytes = Uint8Array.from(answer);
      bytes[at] = value;
      return isAnswerTo(asked, bytes);
    };
    assert.equal(changed(13, 'X'.charCodeAt(0)), true);
    assert.equal(changed(13, 'y'.charCodeAt(0)), false, 'another name');
    assert.equal(changed(1, 8), false, 'another id');
    assert.equal(changed(answer.length - 3, DNS_TYPE.AAAA), false, 'another type');
    assert.equal(changed(answer.length - 1, 3), false, 'another class');
    assert.equal(changed(2, 0x01), false, 'a question');
    assert.equal(changed(5, 2), false, 'two questions');
    assert.equal(isAnswerTo(asked, answer.subarray(0, -1)), false, 'half of one');
    const refusal = buildRefusal({ id: 7, code: DNS_CODE.refused }) ?? assert.fail();
    assert.equal(isAnswerTo(asked, refusal), true, 'a refusal that repeats no question');
    refusal[3] = 0;
    assert.equal(isAnswerTo(asked, refusal), false, 'an answer that repeats no question');
  });

  it('are never more than bytes: any of them are read or refused', () => {
    check(
      property(uint8Array({ maxLength: 600 }), (bytes) => {
        readReply(bytes);
        isAnswerTo(bytes, bytes);
        const read = readQuery(bytes);
        if (read === undefined) return;
        if (!isQuery(read)) buildRefusal(read);
        else assert.ok(readReply(buildAnswer(read, { code: DNS_CODE.noError }, read.udpSize)));
      }),
      { numRuns: 2000 },
    );
  });

  it('survive any change of a few of their bytes', () => {
    const whole = [...(buildAddressQuery(7, 'logs.us-east-1.amazonaws.com') ?? [])];
    check(
      property(uint8Array({ minLength: 4, maxLength: 8 }), (noise) => {
        const bytes = Uint8Array.from(whole);
        for (let index = 0; index + 1 < noise.length; index += 2) {
          bytes[2 + ((noise[index] ?? 0) % (bytes.length - 2))] = noise[index + 1] ?? 0;
        }
        const read = readQuery(bytes);
        assert.ok(read !== undefined);
        assert.equal(read.id, 7);
        readReply(bytes);
      }),
      { numRuns: 2000 },
    );
  });
});
