import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { knownFamilies, METRICS, type MetricName, metricRow } from './metrics.ts';
import { SUBJECT_LABELS } from './metric-table.ts';

const NAMES = Object.keys(METRICS) as MetricName[];

describe('The tables of metrics', () => {
  it("name metrics by Prometheus's conventions", () => {
    for (const name of NAMES) {
      const { kind, unit, help } = metricRow(name);
      assert.match(name, /^neargate(_[a-z]+)+$/);
      assert.equal(name.endsWith('_total'), kind === 'counter', name);
      if (unit !== undefined) assert.ok(name.replace(/_total$/, '').endsWith(`_${unit}`), name);
      assert.match(help, /^[A-Z1][^\n]*\.$/, name);
    }
  });

  it('have no label of a metric that its subject has, or that Prometheus makes itself', () => {
    for (const name of NAMES) {
      const { labels, of } = metricRow(name);
      const all = [...SUBJECT_LABELS[of], ...labels];
      assert.equal(new Set(all).size, all.length, name);
      for (const label of all) assert.ok(!['job', 'instance', 'le', 'quantile'].includes(label), name);
    }
  });

  it('have rising bounds', () => {
    for (const name of NAMES) {
      const row = metricRow(name);
      if (row.kind !== 'histogram') continue;
      assert.deepEqual(
        row.bounds,
        row.bounds.toSorted((one, other) => one - other),
        name,
      );
    }
  });
});

describe('knownFamilies', () => {
  const point = { labels: { process: 'agent' }, value: 3 };
  const known = { name: 'neargate_process_open_fds', points: [point] };

  it('takes what the tables have, and nothing else', () => {
    const refused = [
      undefined,
      'text',
      { name: 'neargate_process_open_fds' },
      { name: 'toString', points: [] },
      { name: 'neargate_of_tomorrow', points: [point] },
      { name: 'neargate_process_open_fds', points: [{ labels: { other: 'x' }, value: 3 }] },
      { name: 'neargate_process_open_fds', points: [{ labels: { process: 3 }, value: 3 }] },
      { name: 'neargate_process_open_fds', points: [{ labels: {}, counts: [1], sum: 1 }] },
      { name: 'neargate_task_step_duration_seconds', points: [{ labels: {}, counts: [1], sum: 1 }] },
      { name: 'neargate_task_step_duration_seconds', points: [point] },
    ];
    assert.deepEqual(knownFamilies([...refused, known]), [known]);
  });
});
