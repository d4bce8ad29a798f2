import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Evaluation, searchesIn, searchKey } from './evaluate.ts';
import { ExpressionError } from './expression-error.ts';
import type { TimeSeries } from './series.ts';
import { parseExpression } from './syntax.ts';

const MINUTE = 60_000;
const END = 5;

/** A point a minute; `undefined` is a missing one. */
function series(label: string, values: readonly (number | undefined)[]): TimeSeries {
  const points = values.flatMap((value, index) =>
    value === undefined ? [] : [[index * MINUTE, value] as const],
  );
  return { label, period: 60, points: new Map(points) };
}

const METRICS = new Map([
  ['m1', series('one', [1, 2, 4, undefined, 16])],
  ['m2', series('two', [10, 0, 30, 40, undefined])],
  ['error', series('error', [-1.5, 2.5, 0, undefined, undefined])],
]);

function evaluate(expressions: Readonly<Record<string, string>>, id = 'e'): readonly TimeSeries[] {
  const parsed = Object.entries(expressions).map(([name, text]) => [name, parseExpression(text)] as const);
  const evaluation = new Evaluation({
    metrics: METRICS,
    expressions: new Map(parsed),
    searches: new Map(
      parsed.flatMap(([, expression]) =>
        searchesIn(expression).map((call) => [searchKey(call), [series('found', [1, 1, 1, 1, 1])]] as const),
      ),
    ),
    spanOf: () => ({ start: 0, end: END * MINUTE, period: 60 }),
  });
  return evaluation.seriesOf(id);
}

/** The points of the one series that an expression answers. */
function pointsOf(expression: string): (number | undefined)[] {
  const result = evaluate({ e: expression });
  assert.equal(result.length, 1, expression);
  return Array.from({ length: END }, (_, index) => result[0]?.points.get(index * MINUTE));
}

const NONE = undefined;

describe('metric math', () => {
  const cases: readonly (readonly [expression: string, points: readonly (number | undefined)[]])[] = [
    ['m1', [1, 2, 4, NONE, 16]],
    ['m1 + 1', [2, 3, 5, NONE, 17]],
    ['10 - m1 * 2', [8, 6, 2, NONE, -22]],
    ['-m1^2', [-1, -4, -16, NONE, -256]],
    ['2^3^2 + 0*m1', [512, 512, 512, NONE, 512]],
    ['(m1 + m2) / 2', [5.5, 1, 17, NONE, NONE]],
    ['m1 / m2', [0.1, NONE, 4 / 30, NONE, NONE]],
    ['m1 >= 2 AND m1 != 4', [0, 1, 0, NONE, 1]],
    ['m1 == 1 || m1 > 10', [1, 0, 0, NONE, 1]],
    ['ABS(error)', [1.5, 2.5, 0, NONE, NONE]],
    ['CEIL(error)', [-1, 3, 0, NONE, NONE]],
    ['FLOOR(error)', [-2, 2, 0, NONE, NONE]],
    ['SUM(METRICS("m"))', [11, 2, 34, 40, 16]],
    ['AVG([m1, m2])', [5.5, 1, 17, 40, 16]],
    ['MIN([m1, m2])', [1, 0, 4, 40, 16]],
    ['MAX(METRICS())', [10, 2.5, 30, 40, 16]],
    ['m1 / SUM(m1) * 23', [1, 2, 4, NONE, 16]],
    ['m1 * 0 + AVG(m2)', [20, 20, 20, NONE, 20]],
    ['m1 * 0 + METRIC_COUNT(METRICS())', [3, 3, 3, NONE, 3]],
    ['m1 * 0 + DATAPOINT_COUNT(m1)', [4, 4, 4, NONE, 4]],
    ['DIFF(m1)', [NONE, 1, 2, NONE, 12]],
    ['RATE(m1)', [NONE, 1 / 60, 2 / 60, NONE, 12 / 120]],
    ['DIFF_TIME(m1)', [NONE, 60, 60, NONE, 120]],
    ['RUNNING_SUM(m1)', [1, 3, 7, NONE, 23]],
    ['FILL(m1, 0)', [1, 2, 4, 0, 16]],
    ['FILL(m1, REPEAT)', [1, 2, 4, 4, 16]],
    ['FILL(m1, LINEAR)', [1, 2, 4, 10, 16]],
    ['FILL(m2, m1)', [10, 0, 30, 40, 16]],
    ['FILL(error, LINEAR)', [-1.5, 2.5, 0, NONE, NONE]],
    ['IF(m1 > 1, m1, 0)', [0, 2, 4, NONE, 16]],
    ['IF(m1 > 1, m2)', [NONE, 0, 30, NONE, NONE]],
    ['IF(1, m1, m2)', [1, 2, 4, NONE, 16]],
    ['m1 / PERIOD(m1)', [1 / 60, 2 / 60, 4 / 60, NONE, 16 / 60]],
    ['TIME_SERIES(7)', [7, 7, 7, 7, 7]],
    ['FIRST(METRICS())', [1, 2, 4, NONE, 16]],
    ['LAST([m1, m2])', [10, 0, 30, 40, NONE]],
    [`SUM(SEARCH('{App} "x"', 'Sum', 60)) + m1`, [2, 3, 5, NONE, 17]],
  ];
  for (const [expression, points] of cases) {
    it(`reckons ${expression}`, () => assert.deepEqual(pointsOf(expression), points));
  }

  it('lets expressions use others, wherever they stand', () => {
    const [result] = evaluate({ e: 'later * 2', later: 'm1 + 1' });
    assert.deepEqual([...(result?.points.values() ?? [])], [4, 6, 10, 34]);
  });

  it('goes along chains of expressions, however long', () => {
    const minus = '-'.repeat(40);
    const chain = Array.from({ length: 499 }, (_, index) => [`e${index}`, `${minus}e${index + 1}`] as const);
    const [result] = evaluate({ ...Object.fromEntries(chain), e499: 'm1', e: 'e0' });
    assert.deepEqual([...(result?.points.values() ?? [])], [1, 2, 4, 16]);
  });

  it('finds circles of expressions', () => {
    const message = "'b' refers to itself";
    assert.throws(() => evaluate({ e: 'a + m1', a: 'b', b: 'c', c: 'm1 + b' }), { message });
  });

  it('answers a series for each of an array, under its own label', () => {
    const result = evaluate({ e: 'METRICS("m") * 2' });
    assert.deepEqual(
      result.map(({ label }) => label),
      ['one', 'two'],
    );
  });

  for (const [expression, message] of Object.entries({
    '': 'Unexpected end of expression',
    'm1 +': 'Unexpected end of expression',
    '(m1': 'Unexpected end of expression',
    'm1 m2': "Unexpected token 'm2' at position 4",
    'm1 ? m2': "Unexpected character '?' at position 4",
    '5': 'The expression must return a time series or an array of time series',
    'SUM(m1)': 'The expression must return a time series or an array of time series',
    missing: "Unknown identifier 'missing'",
    e: "'e' refers to itself",
    'ANOMALY_DETECTION_BAND(m1)': "Unsupported function 'ANOMALY_DETECTION_BAND'",
    'RATE(5)': 'RATE needs a time series',
    'ABS(m1, m2)': 'Function ABS takes 1 to 1 arguments, not 2'.replace('1 to 1', '1'),
    'METRICS() + METRICS()': 'Operator + cannot join two arrays of time series',
    REPEAT: "Unexpected 'REPEAT'",
    'm1 + "text"': "Unexpected 'text'",
    [`${'('.repeat(60)}m1${')'.repeat(60)}`]: 'The expression is nested too deeply',
    [`[${'METRICS(),'.repeat(200)}m1]`]: 'An array has more than 500 time series',
  })) {
    it(`says of ${expression.slice(0, 30) || 'nothing'}: ${message}`, () => {
      assert.throws(
        () => evaluate({ e: expression }),
        (error: unknown) => {
          assert.ok(error instanceof ExpressionError);
          assert.equal(error.message, message);
          return true;
        },
      );
    });
  }
});
