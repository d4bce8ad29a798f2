import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventReader, type EventTarget, LONGEST_EVENT_BYTES, type OutputEvent } from './event-reader.ts';

/** Takes lines too, so many at once. */
class Events implements EventTarget {
  readonly all: OutputEvent[] = [];
  readonly #atOnce: number;

  constructor(atOnce = 0) {
    this.#atOnce = atOnce;
  }

  get messages(): string[] {
    return this.all.map(({ message }) => message.toString());
  }

  add({ message, ...event }: OutputEvent): void {
    this.all.push({ ...event, message: Buffer.from(message) });
  }

  addLines({ source, bytes, offset, timestamp }: Parameters<EventTarget['addLines']>[0]): number {
    let at = 0;
    for (let taken = 0; taken < this.#atOnce && at < bytes.length; taken += 1) {
      const end = bytes.indexOf('\n', at);
      const message = bytes.subarray(at, end);
      at = end + 1;
      if (message.length > 0) this.add({ source, message, end: offset + at, timestamp });
    }
    return at;
  }
}

describe('EventReader', () => {
  for (const atOnce of [0, 1, 1_000]) {
    it(`makes an event of every line, whatever the pieces are in which it comes (${atOnce} taken at once)`, () => {
      const events = new Events(atOnce);
      const reader = new EventReader('stdout', 0, undefined, events);
      for (const piece of ['on', 'e\ntw', 'o\n', '\nthr', 'ee\nfour\n\nfive\nsi', 'x']) {
        reader.push(Buffer.from(piece), 7);
      }
      const found = events.all.map(({ message, end }) => [message.toString(), end]);
      const expected = [
        ['one', 4],
        ['two', 8],
        ['three', 15],
        ['four', 20],
        ['five', 26],
      ];
      assert.deepEqual(found, expected);
      assert.ok(events.all.every(({ source, timestamp }) => source === 'stdout' && timestamp === 7));
      reader.finish(8);
      assert.equal(events.messages.at(-1), 'six');
    });
  }

  it('leaves empty lines out', () => {
    const events = new Events();
    new EventReader('stdout', 0, undefined, events).push(Buffer.from('\n\na\n\n'), 0);
    assert.deepEqual(events.messages, ['a']);
  });

  it('splits what is too long between characters', () => {
    const events = new Events();
    const line = 'é'.repeat(LONGEST_EVENT_BYTES);
    new EventReader('stdout', 0, undefined, events).push(Buffer.from(`${line}\n`), 0);
    assert.equal(events.messages.join(''), line);
    for (const { message } of events.all) {
      assert.ok(message.length <= LONGEST_EVENT_BYTES);
      assert.ok(!message.includes('\ufffd'));
    }
  });

  it('keeps within the limit when bytes that are no UTF-8 grow', () => {
    const events = new Events();
    const line = Buffer.concat([Buffer.alloc(200_000, 0xff), Buffer.from('\n')]);
    new EventReader('stdout', 0, undefined, events).push(line, 0);
    for (const { message } of events.all) assert.ok(message.length <= LONGEST_EVENT_BYTES);
    assert.equal(events.messages.join('').length, 200_000);
  });

  it('gathers lines up to the next one that begins an event', () => {
    const events = new Events(1_000);
    const reader = new EventReader('stdout', 0, (line) => line.startsWith('['), events);
    reader.push(Buffer.from('[1] a\n  at x\n  at y\n[2] b\n'), 0);
    assert.deepEqual(events.messages, ['[1] a\n  at x\n  at y']);
    assert.equal(events.all[0]?.end, 20);
    reader.release(0);
    assert.equal(events.messages[1], '[2] b');
  });

  it('loses and repeats nothing when it goes on from the end of any event', () => {
    const line = fc.stringMatching(/^[a-zé€]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 40 }),
        (lines, cut, size) => {
          const bytes = Buffer.from(`${lines.join('\n')}\n`);
          const first = readAll(0, bytes, size).all;
          const kept = first.slice(0, cut % (first.length + 1));
          const from = kept.at(-1)?.end ?? 0;
          const rest = readAll(from, bytes.subarray(from), size).all;
          assert.deepEqual(
            [...kept, ...rest].map(({ message }) => message.toString()),
            lines,
          );
        },
      ),
    );
  });
});

function readAll(offset: number, bytes: Buffer, size: number): Events {
  const events = new Events(3);
  const reader = new EventReader('stdout', offset, undefined, events);
  for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size), 0);
  return events;
}
