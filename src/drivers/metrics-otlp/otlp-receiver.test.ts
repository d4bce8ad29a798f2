import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { OtlpSink } from '../../../test/support/otlp/otlp-sink.ts';
import { AppError } from '../../domain/errors.ts';
import type { MetricGroup } from '../../domain/telemetry/metrics.ts';
import { OtlpReceiver } from './otlp-receiver.ts';

const GROUPS: readonly MetricGroup[] = [
  {
    resource: { 'service.name': 'neargate' },
    labels: {},
    since: 1_000,
    families: [
      { name: 'neargate_task_stops_total', points: [{ labels: { stop_code: 'UserInitiated' }, value: 4 }] },
      {
        name: 'neargate_store_transaction_duration_seconds',
        points: [{ labels: {}, counts: [1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3], sum: 4.5 }],
      },
      { name: 'neargate_task_launch_failures_total', points: [] },
    ],
  },
  {
    resource: { 'aws.ecs.task.id': 't1' },
    labels: { task_id: 't1' },
    ...{ since: 2_000, at: 60_000 },
    families: [{ name: 'neargate_task_cpu_used_units', points: [{ labels: {}, value: 0.5 }] }],
  },
];

describe('OtlpReceiver', () => {
  const ending = new AbortController();
  let sink: OtlpSink;
  let receiver: OtlpReceiver;
  beforeEach(async () => {
    sink = await OtlpSink.start();
    const headers = { authorization: 'Bearer sesame' };
    receiver = new OtlpReceiver({ endpoint: sink.endpoint, headers, version: '1.2', timeoutMs: 10_000 });
  });
  afterEach(() => sink.close());

  const push = (): Promise<number> => receiver.push(GROUPS, 90_000, ending.signal);
  async function failure(): Promise<AppError> {
    const error: unknown = await push().catch((thrown: unknown) => thrown);
    return error instanceof AppError ? error : assert.fail('it was taken');
  }

  it('pushes counters and histograms since their start, gauges as they are', async () => {
    assert.equal(await push(), 0);
    const [request] = sink.requests;
    assert.equal(request?.path, '/v1/metrics');
    assert.equal(request?.headers.authorization, 'Bearer sesame');
    assert.equal(request?.headers['user-agent'], 'neargate/1.2');
    const common = { resource: { 'service.name': 'neargate' }, timeUnixNano: '90000000000' };
    const since = { startTimeUnixNano: '1000000000' };
    assert.deepEqual(Object.fromEntries(request?.points ?? []), {
      neargate_task_stops_total: [
        {
          ...common,
          ...since,
          kind: 'sum',
          unit: '1',
          attributes: { stop_code: 'UserInitiated' },
          asDouble: 4,
        },
      ],
      neargate_store_transaction_duration_seconds: [
        {
          ...{ ...common, ...since, kind: 'histogram', unit: 's', attributes: {}, count: '6', sum: 4.5 },
          bucketCounts: ['1', '0', '2', '0', '0', '0', '0', '0', '0', '0', '3'],
          explicitBounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
        },
      ],
      neargate_task_cpu_used_units: [
        {
          ...{ kind: 'gauge', unit: '1', timeUnixNano: '60000000000', asDouble: 0.5 },
          ...{ resource: { 'aws.ecs.task.id': 't1' }, attributes: { task_id: 't1' } },
        },
      ],
    });
  });

  it('says how many points were not taken', async () => {
    sink.answers.push({ body: '{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"no"}}' });
    assert.equal(await push(), 3);
    sink.answers.push({ body: 'not json' });
    assert.equal(await push(), 0);
  });

  it('tells what is worth another try from what is not, and never its headers', async () => {
    sink.answers.push(
      { status: 429, headers: { 'retry-after': '7' } },
      { status: 503 },
      { status: 400 },
      { status: 401 },
      { status: 302, headers: { location: 'http://elsewhere.test' } },
    );
    const failures = [await failure(), await failure(), await failure(), await failure(), await failure()];
    assert.deepEqual(
      failures.map(({ kind, details }) => [kind, details['status'], details['retryAfterMs']]),
      [
        ['unavailable', 429, 7_000],
        ['unavailable', 503, undefined],
        ['invalid', 400, undefined],
        ['invalid', 401, undefined],
        ['invalid', 302, undefined],
      ],
    );
    assert.ok(failures.every((error) => !JSON.stringify([error, error.details]).includes('sesame')));
  });

  it('is unavailable where nobody listens', async () => {
    const { endpoint } = sink;
    await sink.close();
    const lonely = new OtlpReceiver({ endpoint, headers: {}, version: '1', timeoutMs: 10_000 });
    await assert.rejects(lonely.push(GROUPS, 1, ending.signal), { kind: 'unavailable' });
    sink = await OtlpSink.start();
  });
});
