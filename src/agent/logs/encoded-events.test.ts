import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PutLogEvents$ } from '../../wire/aws-json/logs-operations.ts';
import { SchemaCodecs } from '../../wire/aws-json/operation-codec.ts';
import { encodedEvents } from './encoded-events.ts';

const codec = new SchemaCodecs().operation(PutLogEvents$);

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

function encoded(events: readonly Event[], into?: Buffer): Buffer {
  const inUtf8 = events.map(({ timestamp, message }) => ({
    timestamp,
    utf8: Buffer.from(message).toString('latin1'),
  }));
  return encodedEvents(inUtf8, into);
}

describe('Encoded events', () => {
  const events = [
    { timestamp: 1_796_086_014_920, message: 'a "quoted" \\ line\t€ \u0001 \ufffd 😀' },
    { timestamp: 0, message: 'x'.repeat(200_000) },
    { timestamp: 1, message: '€'.repeat(80_000) },
  ];

  it('are what the schema makes of them', () => {
    assert.equal(encoded(events).toString(), codec.encodeInput({ logEvents: events }));
    assert.equal(encoded([]).toString(), '{"logEvents":[]}');
  });

  it('may stand where earlier ones stood', () => {
    const earlier = encoded(events);
    const later = encoded(events.slice(0, 1), earlier);
    assert.equal(later.buffer, earlier.buffer);
    assert.equal(later.toString(), codec.encodeInput({ logEvents: events.slice(0, 1) }));
    assert.equal(
      encoded([...events, ...events], later).toString(),
      codec.encodeInput({ logEvents: [...events, ...events] }),
    );
  });
});
