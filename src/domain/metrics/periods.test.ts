import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonPeriod, isPeriod, oldestFor, periodsIn, roundedSpan } from './periods.ts';

const NOW = Date.UTC(2026, 5, 1, 12);
const DAY = 86_400_000;
const at = (text: string): number => Date.parse(`2026-06-01T${text}Z`);

describe('periods of metrics', () => {
  it('are 1, 5, 10, 20, 30 or a multiple of 60 seconds', () => {
    assert.deepEqual(
      [1, 5, 10, 20, 30, 60, 120, 86_400].filter(isPeriod),
      [1, 5, 10, 20, 30, 60, 120, 86_400],
    );
    assert.deepEqual([0, -60, 2, 15, 45, 61, 90.5, Number.NaN].filter(isPeriod), []);
  });

  const starts: readonly [name: string, daysAgo: number, floorS: number][] = [
    ['whole minutes, of the last 15 days', 14.9, 60],
    ['whole five minutes, of 15 to 63 days ago', 15.1, 300],
    ['whole hours, before', 63.1, 3600],
  ];
  for (const [name, daysAgo, floorS] of starts) {
    it(`begin with ${name}`, () => {
      const start = NOW - daysAgo * DAY - 12_345;
      const span = roundedSpan({ start, end: NOW, period: 3600 }, NOW);
      assert.equal(span.start, Math.floor(start / (floorS * 1000)) * floorS * 1000);
      assert.equal(span.end, NOW);
    });
  }

  it('below a minute begin and end with even divisions of a minute', () => {
    const span = roundedSpan({ start: at('15:02:17'), end: at('15:07:17'), period: 5 }, NOW);
    assert.deepEqual(span, { start: at('15:02:15'), end: at('15:07:15'), period: 5 });
  });

  it('are read in the longest stretches that their beginning and end allow', () => {
    const common = (start: string, end: string, period: number): number =>
      commonPeriod({ start: at(start), end: at(end), period });
    assert.equal(common('12:00:00', '14:00:00', 3600), 3600);
    assert.equal(common('12:30:00', '14:30:00', 3600), 1800);
    assert.equal(common('12:07:00', '14:07:00', 3600), 60);
    assert.equal(common('12:00:00', '14:20:00', 3600), 1200);
    assert.equal(common('12:00:00', '12:59:30', 3600), 3600);
    assert.equal(common('12:00:05', '12:01:00', 5), 5);
  });

  it('that are short tell only of what is kept that finely', () => {
    assert.equal(oldestFor(30, NOW), NOW - 3 * 3_600_000);
    assert.equal(oldestFor(60, NOW), NOW - 15 * DAY);
    assert.equal(oldestFor(300, NOW), NOW - 63 * DAY);
    assert.equal(oldestFor(7200, NOW), Number.NEGATIVE_INFINITY);
  });

  it('are counted with the one that the end cuts off', () => {
    assert.equal(periodsIn({ start: 0, end: 60_001, period: 60 }), 2);
    assert.equal(periodsIn({ start: 60_000, end: 60_000, period: 60 }), 0);
  });
});
