import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { merge } from './aggregate.ts';
import type { MetricBucket } from './metric.ts';
import { parseStatistic, statisticOf } from './statistics.ts';

const bucketOf = (values: readonly number[]): MetricBucket => ({
  start: 0,
  unit: 'None',
  ...merge(
    values.map((value) => ({
      sampleCount: 1,
      sum: value,
      minimum: value,
      maximum: value,
      distribution: [{ value, count: 1 }],
    })),
    1000,
  ),
});

const TEN = bucketOf([10, 1, 9, 2, 8, 3, 7, 4, 6, 5]);

function told(name: string, bucket: MetricBucket): number | undefined {
  const statistic = parseStatistic(name);
  assert.ok(statistic, `${name} is no statistic`);
  return statisticOf(statistic, bucket);
}

describe('statistics of metrics', () => {
  for (const [name, value] of Object.entries({
    SampleCount: 10,
    Sum: 55,
    Average: 5.5,
    Minimum: 1,
    Maximum: 10,
    p0: 1,
    p50: 5.5,
    p90: 9.1,
    'p99.9': 9.991,
    p100: 10,
    tm90: 5,
    tc90: 9,
    ts90: 45,
    wm90: 5.4,
    'TM(10%:90%)': 5.5,
    'TC(2:8)': 6,
    'TS(2:8)': 33,
    'TM(:3)': 2,
    'PR(:3)': 30,
    'PR(3:7)': 40,
    'PR(9:)': 10,
    IQM: 5.5,
    'WM(2:8)': 5.5,
    'tm99.9': 5.5,
  })) {
    it(`${name} of 1 to 10 is ${value}`, () => {
      assert.equal(Number(told(name, TEN)?.toFixed(9)), value);
    });
  }

  it('count a value as often as it was seen', () => {
    const distribution = [
      { value: 1, count: 99 },
      { value: 100, count: 1 },
    ];
    const bucket = {
      start: 0,
      unit: 'None',
      sampleCount: 100,
      sum: 199,
      minimum: 1,
      maximum: 100,
      distribution,
    };
    assert.equal(told('p50', bucket), 1);
    assert.equal(told('tm99', bucket), 1);
    assert.equal(told('tc99', bucket), 99);
  });

  it('are a value itself where there is only one', () => {
    for (const name of ['p0', 'p50', 'p99', 'tm99', 'wm99', 'ts99'])
      assert.equal(told(name, bucketOf([7])), 7);
  });

  it('have no percentiles of statistic sets, nor of negative values', () => {
    const { distribution: _, ...set } = TEN;
    assert.equal(told('p50', set), undefined);
    assert.equal(told('tm90', set), undefined);
    assert.equal(told('Average', set), 5.5);
    assert.equal(told('p50', bucketOf([-1, 2])), undefined);
  });

  it('have no mean of a range without values', () => {
    assert.equal(told('TM(20:30)', TEN), undefined);
    assert.equal(told('TC(20:30)', TEN), 0);
  });

  for (const name of [
    '',
    'average',
    'p',
    'p101',
    'p-1',
    'p1e1',
    'tm',
    'TM(90%)',
    'TM(:)',
    'TM(9:1)',
    'TM(1:90%)',
    'PR(10%:)',
    'PR(101%:)',
    'XX(1:2)',
  ]) {
    it(`do not know '${name}'`, () => assert.equal(parseStatistic(name), undefined));
  }
});
