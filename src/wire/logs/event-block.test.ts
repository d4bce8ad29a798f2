import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aBlock, eventsOf } from '../../../test/support/logs/block-events.ts';
import { EventBlock } from './event-block.ts';

const parsed = (bytes: Uint8Array): EventBlock => EventBlock.parse(bytes) ?? assert.fail('no block');

describe('A block of events', () => {
  const messages = ['one', '', 'ä€𝄞', 'two\nlines', '\u0000"\\'];
  const events = messages.map((message, index) => ({ timestamp: 1_796_086_014_920 + index, message }));

  it('gives back what was put into it, and parts of that', () => {
    const block = aBlock(events);
    assert.deepEqual(eventsOf([block]), events);
    assert.equal(parsed(block).length(2), 9);
    assert.ok(parsed(block).isText());
    for (let from = 0; from < events.length; from += 1) {
      for (let until = from; until <= events.length; until += 1) {
        assert.deepEqual(eventsOf([parsed(block).slice(from, until)]), events.slice(from, until));
      }
    }
  });

  it('is not text where a message is not for itself', () => {
    const whole = aBlock([{ timestamp: 1, message: 'aää' }]);
    assert.ok(parsed(whole).isText());
    const cut = aBlock([
      { timestamp: 1, message: 'a' },
      { timestamp: 1, message: 'b' },
    ]);
    // `ä` where the first message and its end are.
    cut.write('ä', 0);
    assert.ok(!parsed(cut).isText());
    whole[0] = 0xff;
    assert.ok(!parsed(whole).isText());
  });

  it('is none where its numbers do not add up', () => {
    const block = aBlock(events);
    assert.equal(EventBlock.parse(block.subarray(1)), undefined);
    assert.equal(EventBlock.parse(Buffer.alloc(7)), undefined);
    assert.equal(EventBlock.parse(Buffer.alloc(64, 0xff)), undefined);
    const more = Buffer.from(block);
    more.writeUInt32LE(events.length + 1, more.length - 8);
    assert.equal(EventBlock.parse(more), undefined);
  });

  it('answers for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(4), fc.nat(4), (bytes, count, runs) => {
        const block = Buffer.concat([bytes, Buffer.alloc(8)]);
        block.writeUInt32LE(count, bytes.length);
        block.writeUInt32LE(runs, bytes.length + 4);
        assert.equal(EventBlock.parse(block)?.timestamps().length ?? count, count);
      }),
    );
  });
});
