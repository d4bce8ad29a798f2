import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LineReader, LONGEST_LINE_BYTES, type OutputLine } from './line-reader.ts';

const make = (offset = 0): LineReader => new LineReader('stdout', offset, 'task/web');
const texts = (lines: readonly OutputLine[]): string[] => lines.map(({ text }) => text);

describe('LineReader', () => {
  it('gives lines, empty ones too, and knows where each ends', () => {
    const lines = make(100).push(Buffer.from('one\n\nthree\nfour'), 7);
    assert.deepEqual(
      lines.map(({ text, end, timestamp }) => ({ text, end, timestamp })),
      [
        { text: 'one', end: 104, timestamp: 7 },
        { text: '', end: 105, timestamp: 7 },
        { text: 'three', end: 111, timestamp: 7 },
      ],
    );
  });

  it('gives the line without an end last', () => {
    const reader = make();
    assert.deepEqual(texts(reader.push(Buffer.from('a\nb'), 0)), ['a']);
    assert.deepEqual(texts(reader.finish(0)), ['b']);
    assert.deepEqual(reader.finish(0), []);
  });

  it('cuts a line that is too long into parts that belong together', () => {
    const reader = make();
    const lines = reader.push(Buffer.from(`${'x'.repeat(2 * LONGEST_LINE_BYTES + 5)}\nnext\n`), 0);
    assert.deepEqual(
      lines.map(({ bytes, part }) => [bytes, part?.ordinal, part?.isLast]),
      [
        [LONGEST_LINE_BYTES, 1, false],
        [LONGEST_LINE_BYTES, 2, false],
        [6, 3, true],
        [5, undefined, undefined],
      ],
    );
    const ids = new Set(lines.slice(0, 3).map(({ part }) => part?.id));
    assert.equal(ids.size, 1);
    assert.match([...ids][0] ?? '', /^[0-9a-f]{64}$/);
  });

  it('gives the same ids to the parts of a line that is read again, and others to another line', () => {
    const long = Buffer.from(`${'x'.repeat(LONGEST_LINE_BYTES + 1)}\n`);
    const id = (line: OutputLine | undefined): string | undefined => line?.part?.id;
    const reader = make();
    const [first] = reader.push(long, 0);
    assert.equal(id(make().push(long, 9)[0]), id(first));
    assert.notEqual(id(reader.push(long, 0)[0]), id(first));
  });

  it('cuts between characters', () => {
    const text = `${'x'.repeat(LONGEST_LINE_BYTES - 1)}é`;
    const lines = make().push(Buffer.from(`${text}\n`), 0);
    assert.deepEqual(
      lines.map(({ text: piece }) => piece.at(-1)),
      ['x', 'é'],
    );
  });

  it('leaves out what is skipped', () => {
    const reader = make();
    reader.push(Buffer.from('begun'), 0);
    reader.skipTo(50);
    const [line] = reader.push(Buffer.from('on\n'), 0);
    assert.deepEqual([line?.text, line?.end], ['on', 53]);
  });

  it('gives the same however the bytes come', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constant('y'.repeat(20_000)), fc.constant('\n')), { maxLength: 8 }),
        fc.integer({ min: 1, max: 30_000 }),
        (parts, size) => {
          const bytes = Buffer.from(parts.join('\n'));
          const whole = make();
          const expected = [...whole.push(bytes, 0), ...whole.finish(0)];
          const cut = make();
          const lines: OutputLine[] = [];
          for (let at = 0; at < bytes.length; at += size) {
            lines.push(...cut.push(bytes.subarray(at, at + size), 0));
          }
          assert.deepEqual([...lines, ...cut.finish(0)], expected);
          assert.equal(cut.offset, bytes.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});
