import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventReader, LONGEST_EVENT_BYTES, type OutputEvent } from './event-reader.ts';

const messages = (events: readonly OutputEvent[]): string[] => events.map(messageOf);
const messageOf = ({ utf8 }: OutputEvent): string => Buffer.from(utf8, 'latin1').toString();

describe('EventReader', () => {
  it('makes an event of every line, whatever the pieces are in which it comes', () => {
    const reader = new EventReader('stdout', 0, undefined);
    const events = ['on', 'e\ntw', 'o\n', '\nthr', 'ee'].flatMap((piece) =>
      reader.push(Buffer.from(piece), 7),
    );
    assert.deepEqual(events, [
      { source: 'stdout', utf8: 'one', bytes: 3, end: 4, timestamp: 7 },
      { source: 'stdout', utf8: 'two', bytes: 3, end: 8, timestamp: 7 },
    ]);
    assert.deepEqual(messages(reader.finish(8)), ['three']);
  });

  it('leaves empty lines out', () => {
    const reader = new EventReader('stdout', 0, undefined);
    assert.deepEqual(messages(reader.push(Buffer.from('\n\na\n\n'), 0)), ['a']);
  });

  it('splits what is too long between characters', () => {
    const reader = new EventReader('stdout', 0, undefined);
    const line = 'é'.repeat(LONGEST_EVENT_BYTES);
    const events = reader.push(Buffer.from(`${line}\n`), 0);
    assert.equal(messages(events).join(''), line);
    for (const event of events) {
      assert.ok(event.bytes <= LONGEST_EVENT_BYTES);
      assert.ok(!messageOf(event).includes('\ufffd'));
    }
  });

  it('keeps within the limit when bytes that are no UTF-8 grow', () => {
    const reader = new EventReader('stdout', 0, undefined);
    const events = reader.push(Buffer.concat([Buffer.alloc(200_000, 0xff), Buffer.from('\n')]), 0);
    for (const { bytes } of events) assert.ok(bytes <= LONGEST_EVENT_BYTES);
    assert.equal(messages(events).join('').length, 200_000);
  });

  it('gathers lines up to the next one that begins an event', () => {
    const reader = new EventReader('stdout', 0, (line) => line.startsWith('['));
    const events = reader.push(Buffer.from('[1] a\n  at x\n  at y\n[2] b\n'), 0);
    assert.deepEqual(messages(events), ['[1] a\n  at x\n  at y']);
    assert.equal(events[0]?.end, 20);
    assert.deepEqual(messages(reader.release()), ['[2] b']);
  });

  it('loses and repeats nothing when it goes on from the end of any event', () => {
    const line = fc.stringMatching(/^[a-zé€]{1,12}$/);
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        (lines, cut, size) => {
          const bytes = Buffer.from(`${lines.join('\n')}\n`);
          const first = readAll(new EventReader('stdout', 0, undefined), bytes, size);
          const kept = first.slice(0, cut % (first.length + 1));
          const from = kept.at(-1)?.end ?? 0;
          const rest = readAll(new EventReader('stdout', from, undefined), bytes.subarray(from), size);
          assert.deepEqual(messages([...kept, ...rest]), lines);
        },
      ),
    );
  });
});

function readAll(reader: EventReader, bytes: Buffer, size: number): OutputEvent[] {
  const events: OutputEvent[] = [];
  for (let at = 0; at < bytes.length; at += size)
    events.push(...reader.push(bytes.subarray(at, at + size), 0));
  return events;
}
