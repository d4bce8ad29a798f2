import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PutLogEvents$ } from '../../wire/aws-json/logs-operations.ts';
import { SchemaCodecs } from '../../wire/aws-json/operation-codec.ts';
import { encodedEvents } from './encoded-events.ts';

const codec = new SchemaCodecs().operation(PutLogEvents$);

describe('Encoded events', () => {
  const events = [
    { timestamp: 1_796_086_014_920, message: 'a "quoted" \\ line\t€ \u0001 \ufffd 😀' },
    { timestamp: 0, message: 'x'.repeat(200_000) },
    { timestamp: 1, message: '€'.repeat(80_000) },
  ];

  it('are what the schema makes of them', () => {
    assert.equal(encodedEvents(events).toString(), codec.encodeInput({ logEvents: events }));
    assert.equal(encodedEvents([]).toString(), '{"logEvents":[]}');
  });

  it('may stand where earlier ones stood', () => {
    const earlier = encodedEvents(events);
    const later = encodedEvents(events.slice(0, 1), earlier);
    assert.equal(later.buffer, earlier.buffer);
    assert.equal(later.toString(), codec.encodeInput({ logEvents: events.slice(0, 1) }));
    assert.equal(
      encodedEvents([...events, ...events], later).toString(),
      codec.encodeInput({ logEvents: [...events, ...events] }),
    );
  });
});
