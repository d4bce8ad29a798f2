import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PutLogEvents$ } from '../../wire/aws-json/logs-operations.ts';
import { SchemaCodecs } from '../../wire/aws-json/operation-codec.ts';
import { aBlock } from '../../../test/support/logs/block-events.ts';
import { EventBlock } from '../../wire/logs/event-block.ts';
import { encodedEvents } from './encoded-events.ts';

const codec = new SchemaCodecs().operation(PutLogEvents$);

interface Event {
  readonly timestamp: number;
  readonly message: string;
}

function encoded(events: readonly Event[]): string {
  return encodedEvents(EventBlock.parse(aBlock(events)) ?? assert.fail()).toString();
}

describe('Encoded events', () => {
  const events = [
    { timestamp: 1_796_086_014_920, message: 'a "quoted" \\ line\t€ \u0001 \ufffd 😀' },
    { timestamp: 0, message: 'x'.repeat(200_000) },
    { timestamp: 1, message: '€'.repeat(80_000) },
  ];

  it('are what the schema makes of them', () => {
    assert.equal(encoded(events), codec.encodeInput({ logEvents: events }));
    assert.equal(encoded([]), '{"logEvents":[]}');
    const escaped = Array.from({ length: 3_000 }, (_, timestamp) => ({
      timestamp,
      message: '\u0001'.repeat(30),
    }));
    assert.equal(encoded(escaped), codec.encodeInput({ logEvents: escaped }));
  });
});
