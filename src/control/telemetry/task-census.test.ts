import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { aTask, SCOPE } from '../../../test/support/control/task-records.ts';
import type { TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { MetricName } from '../../domain/telemetry/metrics.ts';
import { MemoryMeters } from '../../drivers/meters-memory/memory-meters.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { TaskCensus } from './task-census.ts';

describe('TaskCensus', () => {
  let store: MemoryStore;
  let meters: MemoryMeters;
  let census: TaskCensus;
  const ending = new AbortController();
  beforeEach(() => {
    store = new MemoryStore();
    meters = new MemoryMeters('test');
    const minute = { taskId: 't1', taskArn: '', at: 60_000, containers: [] };
    census = new TaskCensus({ store, meters, clock: new ManualClock(), minutes: () => [{ minute }] });
  });
  afterEach(async () => {
    await store.close();
  });

  const keyOf = (taskId: string): string => keys.task(SCOPE, 'default', taskId);
  const put = (task: TaskRecord): Promise<unknown> =>
    store.transact([], [{ put: keyOf(task.taskId), value: task }]);
  /** Status and number, once the census has seen all that is on record. */
  async function counts(expected: Record<string, number>): Promise<void> {
    const found = (): Record<string, number> =>
      Object.fromEntries(
        census
          .families()
          .flatMap(({ points }) => points)
          .map((point) => [point.labels['status'], 'value' in point ? point.value : 0]),
      );
    for (let turn = 0; turn < 1000; turn += 1) {
      if (JSON.stringify(found()) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(found(), expected);
  }
  async function points(name: MetricName): Promise<unknown[]> {
    const families = await meters.collect();
    return families.filter((family) => family.name === name).flatMap((family) => family.points);
  }

  it('counts tasks by status, those from before its start too', async () => {
    await put(aTask('t1'));
    await census.start(ending.signal);
    await counts({ PROVISIONING: 1 });
    await put(aTask('t2', { lastStatus: 'RUNNING', startedAt: 5 }));
    await counts({ PROVISIONING: 1, RUNNING: 1 });
    await put(aTask('t1', { lastStatus: 'RUNNING', startedAt: 5 }));
    await counts({ RUNNING: 2 });
    await store.transact([], [{ delete: keyOf('t1') }]);
    await counts({ RUNNING: 1 });
  });

  it('measures a launch once, from RunTask to RUNNING, and none that was before', async () => {
    await put(aTask('old', { lastStatus: 'RUNNING', createdAt: 0, startedAt: 9_000 }));
    await census.start(ending.signal);
    await put(aTask('t1', { createdAt: 10_000 }));
    await counts({ RUNNING: 1, PROVISIONING: 1 });
    const running = aTask('t1', { createdAt: 10_000, startedAt: 10_700, lastStatus: 'RUNNING' });
    await put(running);
    await put({ ...running, healthStatus: 'HEALTHY' });
    await counts({ RUNNING: 2 });
    await put({ ...running, lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' });
    await counts({ RUNNING: 1, STOPPED: 1 });
    const [launch] = (await points('neargate_task_launch_duration_seconds')) as {
      sum: number;
      counts: number[];
    }[];
    assert.equal(launch?.sum, 0.7);
    assert.equal(launch?.counts[3], 1);
    assert.deepEqual(await points('neargate_task_stops_total'), [
      { labels: { stop_code: 'EssentialContainerExited' }, value: 1 },
    ]);
    assert.deepEqual(await points('neargate_task_launch_failures_total'), []);
  });

  it('counts launches that failed by their stop code, each once', async () => {
    await census.start(ending.signal);
    const failed = aTask('t1', { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' });
    await put(failed);
    await counts({ STOPPED: 1 });
    await put({ ...failed, version: 2 });
    await put(aTask('t2'));
    await counts({ STOPPED: 1, PROVISIONING: 1 });
    assert.deepEqual(await points('neargate_task_launch_failures_total'), [
      { labels: { stop_code: 'TaskFailedToStart' }, value: 1 },
    ]);
    assert.deepEqual(await points('neargate_task_stops_total'), []);
  });

  it('has figures of the tasks that run, with their newest minute', async () => {
    await census.start(ending.signal);
    await put(aTask('t1', { lastStatus: 'RUNNING' }));
    await put(aTask('t2', { lastStatus: 'RUNNING' }));
    await put(aTask('t3', { lastStatus: 'PENDING' }));
    await counts({ RUNNING: 2, PENDING: 1 });
    const groups = await census.groups();
    assert.deepEqual(
      groups.map(({ labels, at }) => [labels['task_id'], at]),
      [
        ['t1', 60_000],
        ['t2', undefined],
      ],
    );
  });
});
