import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aggregateOf } from '../../domain/metrics/aggregate.ts';
import { hasKind } from '../../domain/errors.ts';
import { decodeChunk, encodeChunk, joinPoints, type Point } from './chunk.ts';

const FRAME = { start: 1_767_225_600_000, resolutionMs: 60_000 };

const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const value = fc.oneof(
  double,
  fc.integer(),
  fc.integer().map((one) => one / 1_000),
  fc.constant(2 ** 53),
);
const count = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0.1, max: 1e9, noNaN: true }));

const content = fc.oneof(
  { weight: 3, arbitrary: value.map((one) => ({ values: [{ value: one, count: 1 }] })) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.record({ value, count }), { minLength: 1, maxLength: 60 })
      .map((values) => ({ values })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(value, value, value, count).map(([a, b, sum, sampleCount]) => ({
      set: { sampleCount, sum, minimum: Math.min(a, b), maximum: Math.max(a, b) },
    })),
  },
);

const point = fc
  .record({ minute: fc.nat(239), unit: fc.constantFrom('None', 'Bytes', 'ü'), content })
  .map(({ minute, unit, content: put }): Point => {
    const at = FRAME.start + minute * FRAME.resolutionMs;
    const aggregate = aggregateOf({ at, content: put });
    assert.ok(aggregate);
    return { at, unit, aggregate };
  });

describe('a chunk', () => {
  it('gives back the points that were written', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 80 }), (drawn) => {
        const points = joinPoints(drawn, 8);
        assert.deepEqual(decodeChunk(encodeChunk(points, FRAME), FRAME), points);
      }),
    );
  });

  it('is small where a value a minute stays the same, or is whole', () => {
    const points = (valueAt: (minute: number) => number): Point[] =>
      Array.from({ length: 240 }, (_, i) => {
        const one = valueAt(i);
        const distribution = [{ value: one, count: 1 }];
        const aggregate = { sampleCount: 1, sum: one, minimum: one, maximum: one, distribution };
        return { at: FRAME.start + i * 60_000, unit: 'Percent', aggregate };
      });
    assert.ok(
      encodeChunk(
        points(() => 0.1 + 0.2),
        FRAME,
      ).length < 60,
    );
    assert.ok(
      encodeChunk(
        points((i) => (i * 7_919) % 60),
        FRAME,
      ).length < 350,
    );
  });

  it('says so when it is cut short', () => {
    const bytes = encodeChunk([], FRAME);
    for (const cut of [bytes.subarray(0, 1), Buffer.of(0, 3, 1, 1)]) {
      assert.throws(
        () => decodeChunk(cut, FRAME),
        (error) => hasKind(error, 'internal'),
      );
    }
  });
});
