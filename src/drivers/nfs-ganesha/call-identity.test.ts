import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasKind } from '../../domain/errors.ts';
import { CallIdentity } from './call-identity.ts';

const USER = { uid: 1001, gid: 1002, secondaryGids: [2001, 2002] };
const USERS = words(1, 28, 0, 0, 1001, 1002, 2, 2001, 2002);

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}

/** A record of one message, in fragments that end at these places. */
function record(message: Buffer, ends: readonly number[] = []): Buffer {
  const cuts = [0, ...ends, message.length];
  const fragments = cuts.slice(1).map((end, index) => {
    const piece = message.subarray(cuts[index], end);
    const isLast = index === cuts.length - 2;
    return Buffer.concat([words(piece.length + (isLast ? 0x80000000 : 0)), piece]);
  });
  return Buffer.concat(fragments);
}

function call(credentials: Buffer, rest: Buffer): Buffer {
  return Buffer.concat([words(7, 0, 2, 100_003, 4, 1), credentials, rest]);
}

/** A client that says it is root, with a name of three bytes. */
const ROOTS = Buffer.concat([words(1, 24, 9, 3), Buffer.from('abc\0'), words(0, 0, 0)]);
const REST = Buffer.from('the verifier, the operations');

function passed(...chunks: Buffer[]): Buffer {
  const identity = new CallIdentity(USER);
  return Buffer.concat(chunks.flatMap((chunk) => identity.take(chunk)));
}

describe('CallIdentity', () => {
  it('replaces who a call is from, and nothing else', () => {
    assert.deepEqual(passed(record(call(ROOTS, REST))), record(call(USERS, REST)));
  });

  for (const { name, credentials } of [
    { name: 'nobody', credentials: words(0, 0) },
    { name: 'a user by Kerberos', credentials: words(6, 8, 1, 2) },
    { name: 'something of an odd length', credentials: Buffer.concat([words(5, 5), Buffer.alloc(8, 1)]) },
    { name: 'as much as there may be', credentials: Buffer.concat([words(1, 400), Buffer.alloc(400)]) },
  ]) {
    it(`does so when a call is from ${name}`, () => {
      assert.deepEqual(passed(record(call(credentials, REST))), record(call(USERS, REST)));
    });
  }

  it('leaves answers to the server’s own calls as they are', () => {
    const answer = record(Buffer.concat([words(7, 1, 0), Buffer.alloc(100, 3)]));
    assert.deepEqual(passed(answer), answer);
  });

  it('sees no call inside a record that goes on', () => {
    const message = Buffer.concat([call(ROOTS, REST), call(ROOTS, REST)]);
    const changed = Buffer.concat([call(USERS, REST), call(ROOTS, REST)]);
    const end = call(ROOTS, REST).length;
    assert.deepEqual(passed(record(message, [end])), record(changed, [call(USERS, REST).length]));
  });

  it('does the same however the bytes come', () => {
    const sent = Buffer.concat([
      record(call(ROOTS, REST)),
      record(call(words(0, 0), Buffer.alloc(3000, 5)), [40, 41, 1000]),
      record(words(1, 1)),
      record(call(ROOTS, Buffer.alloc(0))),
    ]);
    const whole = passed(sent);
    fc.assert(
      fc.property(fc.array(fc.nat(sent.length), { maxLength: 40 }), (places) => {
        const cuts = [0, ...places.toSorted((one, other) => one - other), sent.length];
        const chunks = cuts.slice(1).map((end, index) => sent.subarray(cuts[index], end));
        assert.deepEqual(passed(...chunks), whole);
      }),
    );
  });

  for (const { name, bytes } of [
    { name: 'a record too short for a message', bytes: record(words(7)) },
    { name: 'a fragment that ends before the credentials do', bytes: record(call(ROOTS, REST), [36]) },
    { name: 'credentials of more than 400 bytes', bytes: record(call(words(1, 404), Buffer.alloc(500))) },
    { name: 'credentials longer than the call', bytes: record(call(words(1, 399), REST)) },
    { name: 'another protocol', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: nfs\r\n\r\n') },
  ]) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => passed(bytes),
        (error) => hasKind(error, 'invalid'),
      );
    });
  }
});
