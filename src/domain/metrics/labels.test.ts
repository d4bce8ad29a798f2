import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { filledLabel, zoneMinutes } from './labels.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const FACTS = {
  series: {
    label: 'Latency',
    period: 60,
    points: new Map([
      [NOON, 1],
      [NOON + 60_000, 4],
      [NOON + 120_000, 1],
    ]),
  },
  metric: { namespace: 'App', name: 'Latency', dimensions: [{ name: 'Queue', value: 'a' }] },
  statistic: 'p99',
  region: 'eu-west-1',
  offsetMinutes: 90,
};

describe('labels of metrics', () => {
  for (const [label, text] of Object.entries({
    plain: 'plain',
    "${PROP('Dim.Queue')} ${PROP('Stat')} ${PROP('Period')}": 'a p99 60',
    "${PROP('Namespace')}/${PROP('MetricName')} in ${PROP('Region')}": 'App/Latency in eu-west-1',
    "${LABEL} ${PROP('Dim.None')}": 'Latency ',
    '${MIN} ${MAX} ${AVG} ${SUM} ${FIRST} ${LAST} ${DATAPOINT_COUNT}': '1 4 2 6 1 1 3',
    '${MAX_TIME}': '2026-01-01T13:31:00+0130',
    '${MIN_TIME}': '2026-01-01T13:32:00+0130',
    "${OTHER} ${PROP('Other')}": "${OTHER} ${PROP('Other')}",
  })) {
    it(`make '${text}' of '${label}'`, () => assert.equal(filledLabel(label, FACTS), text));
  }

  it('know time zones by their distance from UTC', () => {
    assert.deepEqual(['+0130', '-0800', '+0000', '0130', '+1560', 'CET'].map(zoneMinutes), [
      90,
      -480,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
