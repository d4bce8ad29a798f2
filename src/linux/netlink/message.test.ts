import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Attributes, decodeAttributes, decodeMessages, encodeMessage, textOf } from './message.ts';

describe('netlink messages', () => {
  it('carry header, attributes and nested attributes, each at a multiple of four bytes', () => {
    const inner = new Attributes().text(1, 'veth').u32(2, 0xffffffff);
    const attributes = new Attributes().text(3, 'eth1').nested(18, inner, Buffer.from([9, 9, 9, 9]));
    const header = Buffer.from([2, 0, 0, 0]);
    const message = encodeMessage({ what: 'test', type: 16, flags: 4, header, attributes }, 7);
    assert.equal(message.length % 4, 0);
    assert.equal(message.readUInt32LE(0), message.length);
    assert.equal(message.readUInt16LE(6), 5, 'the request flag is added');
    const [reply] = decodeMessages(message);
    assert.ok(reply);
    assert.deepEqual([reply.type, reply.sequence], [16, 7]);
    const decoded = decodeAttributes(reply.payload.subarray(4));
    assert.equal(textOf(decoded.get(3) ?? Buffer.alloc(0)), 'eth1');
    const nested = decodeAttributes(decoded.get(18)?.subarray(4) ?? Buffer.alloc(0));
    assert.equal(textOf(nested.get(1) ?? Buffer.alloc(0)), 'veth');
    assert.equal(nested.get(2)?.readUInt32LE(0), 0xffffffff);
  });

  it('come several in a datagram', () => {
    const one = encodeMessage({ what: '', type: 1, flags: 0, header: Buffer.from([1, 2, 3]) }, 1);
    const two = encodeMessage({ what: '', type: 2, flags: 0, header: Buffer.alloc(0) }, 2);
    assert.deepEqual(
      decodeMessages(Buffer.concat([one, two])).map((reply) => reply.type),
      [1, 2],
    );
  });

  it('are not read beyond what is there', () => {
    const message = encodeMessage({ what: '', type: 1, flags: 0, header: Buffer.alloc(8) }, 1);
    assert.deepEqual(decodeMessages(message.subarray(0, 20)), []);
    assert.deepEqual(decodeMessages(Buffer.alloc(32)), []);
    assert.equal(decodeAttributes(Buffer.from([200, 0, 1, 0, 1])).size, 0);
    assert.equal(decodeAttributes(Buffer.alloc(8)).size, 0);
  });
});
