import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricFamily, MetricGroup } from '../../domain/telemetry/metrics.ts';
import { expose } from './exposition.ts';

function group(labels: MetricGroup['labels'], ...families: readonly MetricFamily[]): MetricGroup {
  return { resource: {}, labels, since: 0, families };
}

const GROUPS: readonly MetricGroup[] = [
  group(
    { machine: 'm1' },
    { name: 'neargate_process_open_fds', points: [{ labels: { process: 'agent' }, value: 31 }] },
    {
      name: 'neargate_task_step_duration_seconds',
      points: [
        {
          labels: { step: 'attach-eni', outcome: 'done' },
          counts: [0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
          sum: 400.5,
        },
      ],
    },
  ),
  group({ task_id: 'a' }, { name: 'neargate_task_network_dropped_total', points: [] }),
  group(
    {},
    { name: 'neargate_process_open_fds', points: [{ labels: { process: 'control-plane' }, value: 40 }] },
    { name: 'neargate_task_stops_total', points: [{ labels: { stop_code: 'a"b\\c\nd' }, value: 2 }] },
  ),
];

const BOUNDS = [
  '0.005',
  '0.01',
  '0.025',
  '0.05',
  '0.1',
  '0.25',
  '0.5',
  '1',
  '2.5',
  '5',
  '10',
  '30',
  '60',
  '300',
];
const SUMS = [0, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4];

function buckets(bounds: readonly string[]): string {
  return [...bounds, '+Inf']
    .map(
      (le, at) =>
        `neargate_task_step_duration_seconds_bucket{machine="m1",step="attach-eni",outcome="done",le="${le}"} ${SUMS[at]}\n`,
    )
    .join('');
}

const STEP_HELP =
  'Time of the steps of launches and ends of tasks (attach-eni, pull-image, start-container and others), by outcome: done, failed (or given up, when the task was stopped).';
const STEP_SUMS = `neargate_task_step_duration_seconds_sum{machine="m1",step="attach-eni",outcome="done"} 400.5
neargate_task_step_duration_seconds_count{machine="m1",step="attach-eni",outcome="done"} 4
`;

describe('Exposition of metrics', () => {
  it('is text in which all lines of a metric stand together', () => {
    assert.equal(
      expose(GROUPS, 'text'),
      `# HELP neargate_process_open_fds Open file descriptors of the process.
# TYPE neargate_process_open_fds gauge
neargate_process_open_fds{machine="m1",process="agent"} 31
neargate_process_open_fds{process="control-plane"} 40
# HELP neargate_task_step_duration_seconds ${STEP_HELP}
# TYPE neargate_task_step_duration_seconds histogram
${buckets(BOUNDS)}${STEP_SUMS}# HELP neargate_task_stops_total Tasks that stopped after having been RUNNING, by stop code.
# TYPE neargate_task_stops_total counter
neargate_task_stops_total{stop_code="a\\"b\\\\c\\nd"} 2
`,
    );
  });

  it('is OpenMetrics with units, families of counters without their ending, and an end', () => {
    assert.equal(
      expose(GROUPS, 'open-metrics'),
      `# HELP neargate_process_open_fds Open file descriptors of the process.
# TYPE neargate_process_open_fds gauge
neargate_process_open_fds{machine="m1",process="agent"} 31
neargate_process_open_fds{process="control-plane"} 40
# HELP neargate_task_step_duration_seconds ${STEP_HELP}
# TYPE neargate_task_step_duration_seconds histogram
# UNIT neargate_task_step_duration_seconds seconds
${buckets(BOUNDS.map((bound) => (bound.includes('.') ? bound : `${bound}.0`)))}${STEP_SUMS}# HELP neargate_task_stops Tasks that stopped after having been RUNNING, by stop code.
# TYPE neargate_task_stops counter
neargate_task_stops_total{stop_code="a\\"b\\\\c\\nd"} 2
# EOF
`,
    );
  });
});
