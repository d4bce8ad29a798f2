import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../../domain/errors.ts';
import { decode, encode, encodePieces } from './codec.ts';
import type { MessageName, Request } from './message-types.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Bytes as protoc's own libraries write them. */
const CASES: readonly { name: string; message: MessageName; value: Request<MessageName>; bytes: string }[] = [
  { name: 'nothing', message: 'Empty', value: {}, bytes: '' },
  {
    name: 'strings and a list',
    message: 'Mount',
    value: { type: 'bind', source: '/ä', options: ['ro', ''] },
    bytes: '0a 04 62696e64 12 03 2fc3a4 22 02 726f 22 00',
  },
  {
    name: 'zero values, which are left out',
    message: 'TaskKillRequest',
    value: { containerId: '', signal: 0, all: false },
    bytes: '',
  },
  {
    name: 'numbers of one and two bytes, and a truth',
    message: 'TaskKillRequest',
    value: { containerId: 'a', signal: 300, all: true },
    bytes: '0a 01 61 18 ac02 20 01',
  },
  {
    name: 'a number beyond 32 bits',
    message: 'Descriptor',
    value: { size: 2 ** 40 + 5 },
    bytes: '18 858080808020',
  },
  {
    name: 'a negative number',
    message: 'Timestamp',
    value: { seconds: -62_135_596_800 },
    bytes: '08 8092b8c398feffffff01',
  },
  {
    name: 'messages within messages',
    message: 'TaskDeleteResponse',
    value: { id: 'x', exitStatus: 137, exitedAt: { seconds: 1, nanos: 2 } },
    bytes: '0a 01 78 18 8901 22 04 0801 1002',
  },
  {
    name: 'a map',
    message: 'Lease',
    value: { id: 'l', labels: { k: 'v' } },
    bytes: '0a 01 6c 1a 06 0a016b 120176',
  },
  {
    name: 'bytes',
    message: 'Any',
    value: { typeUrl: 't', value: Buffer.from([0, 255]) },
    bytes: '0a 01 74 12 02 00ff',
  },
];

describe('the protobuf codec', () => {
  for (const { name, message, value, bytes } of CASES) {
    it(`writes and reads ${name}`, () => {
      assert.equal(encode(message, value).toString('hex'), hex(bytes).toString('hex'));
      const decoded = decode(message, hex(bytes)) as Record<string, unknown>;
      for (const [key, member] of Object.entries(value)) {
        assert.equal(JSON.stringify(decoded[key]), JSON.stringify(member), key);
      }
    });
  }

  it('gives zero values for what is not there', () => {
    const exit = decode('TaskDeleteResponse', Buffer.alloc(0));
    assert.deepEqual({ ...exit }, { id: '', pid: 0, exitStatus: 0, exitedAt: undefined });
    assert.deepEqual(decode('Mount', Buffer.alloc(0)).options, []);
  });

  it('reads the largest number that it can hold exactly', () => {
    const bytes = encode('Descriptor', { size: Number.MAX_SAFE_INTEGER });
    assert.equal(decode('Descriptor', bytes).size, Number.MAX_SAFE_INTEGER);
  });

  it('skips fields that it does not know, of every wire type', () => {
    const unknown = 'f80105 f9010102030405060708 fa01026869 fd0101020304';
    assert.equal(decode('TaskStartResponse', hex(`${unknown} 08 07`)).pid, 7);
  });

  it('takes the last of a field that comes twice', () => {
    assert.equal(decode('TaskStartResponse', hex('08 01 08 02')).pid, 2);
  });

  for (const [name, bytes] of [
    ['ends within a tag', '80'],
    ['ends within a string', '0a 05 6162'],
    ['has a number where a string belongs', '08 01'],
    ['has a number of eleven bytes', `18 ${'ff'.repeat(10)} 01`],
    ['has an unknown wire type', '0b'],
  ] as const) {
    it(`refuses a message that ${name}`, () => {
      assert.throws(
        () => decode('TaskKillRequest', hex(bytes)),
        (error) => hasKind(error, 'internal'),
      );
    });
  }
});

describe('encodePieces', () => {
  it('gives the same bytes, with large members as they are', () => {
    const data = Buffer.alloc(100_000, 'x');
    const value = { action: 1, ref: 'r', data, offset: 5, labels: { a: 'b' } };
    const pieces = encodePieces('ContentWriteRequest', value);
    assert.ok(Buffer.concat(pieces).equals(encode('ContentWriteRequest', value)));
    assert.ok(pieces.some((piece) => piece === data));
    assert.deepEqual(encodePieces('Empty', {}), []);
  });
});
