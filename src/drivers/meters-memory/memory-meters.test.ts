import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MetricFamily, MetricName } from '../../domain/telemetry/metrics.ts';
import { MemoryMeters } from './memory-meters.ts';

async function points(meters: MemoryMeters, name: MetricName): Promise<MetricFamily['points']> {
  return (await meters.collect()).filter((family) => family.name === name).flatMap((family) => family.points);
}

describe('MemoryMeters', () => {
  it('counts by labels, whatever their order', async () => {
    const meters = new MemoryMeters('test');
    const requests = meters.counter('neargate_api_requests_total');
    requests.add({ service: 'ecs', operation: 'RunTask', status: '200' });
    requests.add({ status: '200', operation: 'RunTask', service: 'ecs' }, 2);
    meters
      .counter('neargate_api_requests_total')
      .add({ service: 'ecs', operation: 'RunTask', status: '400' });
    assert.deepEqual(await points(meters, 'neargate_api_requests_total'), [
      { labels: { service: 'ecs', operation: 'RunTask', status: '200' }, value: 3 },
      { labels: { service: 'ecs', operation: 'RunTask', status: '400' }, value: 1 },
    ]);
  });

  it('puts each observation into the first bucket whose bound it does not exceed', async () => {
    const meters = new MemoryMeters('test');
    const launches = meters.histogram('neargate_task_launch_duration_seconds');
    for (const seconds of [0.1, 0.2, 0.25, 599, 601]) launches.observe({}, seconds);
    const [point] = await points(meters, 'neargate_task_launch_duration_seconds');
    assert.ok(point !== undefined && 'counts' in point);
    assert.deepEqual(point.counts, [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    assert.ok(Math.abs(point.sum - 1200.55) < 1e-6);
  });

  it('counts under other labels what would be too many series', async () => {
    const meters = new MemoryMeters('test');
    const stops = meters.counter('neargate_task_stops_total');
    for (let code = 0; code < 2_100; code += 1) stops.add({ stop_code: `c${code}` });
    const found = await points(meters, 'neargate_task_stops_total');
    assert.equal(found.length, 2_001);
    assert.deepEqual(found.at(-1), { labels: { stop_code: 'other' }, value: 100 });
  });

  it('asks its sources each time, and goes on without one that fails', async () => {
    const meters = new MemoryMeters('agent');
    let size = 1;
    meters.source(() => [{ name: 'neargate_store_size_bytes', points: [{ labels: {}, value: size }] }]);
    meters.source(async () => Promise.reject(new Error('not now')));
    await meters.collect();
    size = 2;
    assert.deepEqual(await points(meters, 'neargate_store_size_bytes'), [{ labels: {}, value: 2 }]);
    assert.deepEqual(await points(meters, 'neargate_metric_source_failures_total'), [
      { labels: { process: 'agent' }, value: 3 },
    ]);
  });
});
