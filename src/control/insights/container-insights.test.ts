import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { aTask, SCOPE } from '../../../test/support/control/task-records.ts';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import type { ClusterRecord, TaskRecord } from '../../domain/ecs/records.ts';
import { keys } from '../../domain/keys.ts';
import type { LogEventBatch, LogGroupRecord } from '../../domain/logs/records.ts';
import type { MinuteBatch, TaskMinute } from '../../domain/telemetry/task-minute.ts';
import { MemoryMetricStore } from '../../drivers/metric-store-memory/memory-metric-store.ts';
import { MemoryStore } from '../../drivers/store-memory/memory-store.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import type { MetricStore } from '../../ports/metric-store.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { StoredPlatformLogs } from '../../services/logs/platform-logs.ts';
import { ClusterMinutes } from './cluster-minutes.ts';
import { ContainerInsights } from './container-insights.ts';
import { TelemetryBoard } from './telemetry-board.ts';

const MINUTE = 60_000;
const NAMESPACE = 'ECS/ContainerInsights';
const BY_CLUSTER = [{ name: 'ClusterName', value: 'default' }];

describe('Container Insights', () => {
  let clock: ManualClock;
  let store: MemoryStore;
  let metrics: MemoryMetricStore;
  let board: TelemetryBoard;
  let insights: ContainerInsights;

  const create = (over: Partial<MetricStore> = {}): ContainerInsights => {
    const logs = new StoredPlatformLogs({ store, clock, ids: randomIds, logger: silentLogger });
    const put = over.put ?? metrics.put.bind(metrics);
    const read = metrics.read.bind(metrics);
    const others = { list: metrics.list.bind(metrics), compact: metrics.compact.bind(metrics) };
    return new ContainerInsights({
      store,
      logs,
      board,
      metrics: { put, read, ...others, close: async () => {} },
    });
  };
  const setCluster = async (value: string): Promise<void> => {
    const record: Partial<ClusterRecord> = {
      ...{ clusterName: 'default', status: 'ACTIVE', settings: [{ name: 'containerInsights', value }] },
    };
    await store.transact([], [{ put: keys.cluster(SCOPE, 'default'), value: record }]);
  };
  const putTask = async (over: Partial<TaskRecord> = {}): Promise<void> => {
    const task = aTask('t1', { machineId: 'm1', lastStatus: 'RUNNING', ...over });
    await store.transact([], [{ put: keys.task(SCOPE, task.clusterName, task.taskId), value: task }]);
  };
  const minute = (over: Partial<TaskMinute> = {}): TaskMinute => {
    const usage = { cpuUtilized: 100, memoryUtilized: 50, health: 'UNKNOWN' } as const;
    const { taskArn } = aTask('t1');
    return {
      ...{ taskId: 't1', taskArn, at: clock.now() },
      containers: [{ name: 'web', runtimeId: 't1-1', image: 'web', status: 'RUNNING', ...usage }],
      ...over,
    };
  };
  const batch = (number: number, over: Partial<TaskMinute> = {}, run = 'r1'): MinuteBatch => ({
    ...{ run, number, tasks: [minute(over)] },
  });
  const events = async (): Promise<Record<string, unknown>[]> => {
    const batches = await store.range<LogEventBatch>({ prefix: 'log/event/' });
    return batches.flatMap(({ value }) =>
      value.messages.map((message) => JSON.parse(message) as Record<string, unknown>),
    );
  };
  const sampleCount = async (name: string): Promise<number> => {
    const metric = { namespace: NAMESPACE, name, dimensions: BY_CLUSTER };
    const end = clock.now() + MINUTE;
    const buckets = await metrics.read(SCOPE, { metric, start: end - 120 * MINUTE, end, period: 60 });
    return buckets.reduce((sum, bucket) => sum + bucket.sampleCount, 0);
  };

  beforeEach(async () => {
    clock = new ManualClock();
    store = new MemoryStore();
    metrics = new MemoryMetricStore({ clock });
    board = new TelemetryBoard();
    insights = create();
    await setCluster('enabled');
    await putTask();
  });

  it('writes log events and metrics of what a machine measured', async () => {
    await insights.minutes('m1', batch(1));
    assert.deepEqual(
      (await events()).map(({ Type, Timestamp }) => [Type, Timestamp]),
      [
        ['Container', clock.now()],
        ['Task', clock.now()],
      ],
    );
    assert.equal(await sampleCount('CpuUtilized'), 1);
    const [group] = await store.range<LogGroupRecord>({ prefix: keys.allLogGroups() });
    assert.equal(group?.value.logGroupName, '/aws/ecs/containerinsights/default/performance');
    assert.equal(group.value.retentionInDays, 1);
    const [stream] = await store.range({ prefix: 'log/stream/' });
    assert.match(stream?.key ?? '', /\/FargateTelemetry-\d+$/);
  });

  it('leaves a retention that somebody has set', async () => {
    await insights.minutes('m1', batch(1));
    const [group] = await store.range<LogGroupRecord>({ prefix: keys.allLogGroups() });
    const { key = '', value } = group ?? {};
    await store.transact([], [{ put: key, value: { ...value, retentionInDays: 30 } }]);
    await insights.minutes('m1', batch(2));
    assert.equal((await store.get<LogGroupRecord>(key))?.value.retentionInDays, 30);
  });

  it('writes a batch once, however often it is told, also at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => insights.minutes('m1', batch(1))));
    await insights.minutes('m1', batch(2));
    await create().minutes('m1', batch(2));
    assert.equal((await events()).length, 4);
    assert.equal(await sampleCount('CpuUtilized'), 2);
  });

  it('makes up for what a crash between log events and metrics left out', async () => {
    const crashing = create({ put: () => Promise.reject(new Error('killed')) });
    await assert.rejects(crashing.minutes('m1', batch(1)));
    assert.deepEqual([(await events()).length, await sampleCount('CpuUtilized')], [2, 0]);
    await insights.minutes('m1', batch(1));
    assert.deepEqual([(await events()).length, await sampleCount('CpuUtilized')], [2, 1]);
  });

  it('begins anew with an agent that was started again', async () => {
    await insights.minutes('m1', batch(7));
    await insights.minutes('m1', batch(1, {}, 'r2'));
    assert.equal(await sampleCount('CpuUtilized'), 2);
  });

  it('heeds the cluster’s setting at once', async () => {
    await setCluster('disabled');
    await insights.minutes('m1', batch(1));
    assert.deepEqual(await events(), []);
    await setCluster('enhanced');
    await insights.minutes('m1', batch(2));
    assert.ok((await events()).some((event) => 'TaskCpuUtilization' in event));
  });

  it('believes a machine about its own tasks only', async () => {
    await insights.minutes('m2', batch(1));
    await insights.minutes('m1', batch(2, { taskId: 't2' }));
    await insights.minutes('m1', batch(3, { taskArn: 'nonsense' }));
    assert.deepEqual([await events(), board.running(clock.now())], [[], []]);
  });

  it('tells the last minute of a task that has ended', async () => {
    await putTask({ lastStatus: 'STOPPED' });
    await insights.minutes('m1', batch(1));
    assert.equal((await events()).at(-1)?.['KnownStatus'], 'STOPPED');
  });

  it('has the newest minute of each task that runs on the board, whatever the setting', async () => {
    await setCluster('disabled');
    await insights.minutes('m1', batch(1));
    await insights.minutes('m1', batch(2, { at: clock.now() - MINUTE }));
    const [telemetry, ...others] = board.running(clock.now());
    assert.deepEqual([telemetry?.minute.at, telemetry?.task.family, others], [clock.now(), 'web', []]);
    const [web] = minute().containers;
    const ended = [{ ...(web ?? assert.fail()), status: 'STOPPED' as const }];
    await insights.minutes('m1', batch(3, { containers: ended }));
    assert.deepEqual(board.running(clock.now()), [], 'it has ended');
    await insights.minutes('m1', batch(4));
    assert.deepEqual(board.running(clock.now() + 5 * MINUTE), [], 'nobody tells of it any more');
    await putTask({ taskId: 't2' });
    const { taskArn } = aTask('t2');
    await insights.minutes('m1', batch(5, { taskId: 't2', taskArn, at: clock.now() }));
    await insights.minutes('m1', batch(6, { taskId: 't2', taskArn, at: clock.now() + 5 * MINUTE }));
    assert.equal(board.size, 1, 'also when nobody asks');
  });

  describe('of a cluster', () => {
    const clusters = (): ClusterMinutes => {
      const logs = new StoredPlatformLogs({ store, clock, ids: randomIds, logger: silentLogger });
      return new ClusterMinutes({ store, logs, metrics, clock, logger: silentLogger });
    };

    it('is told each minute, of those that want it, also without a task', async () => {
      const other: Partial<ClusterRecord> = {
        ...{
          clusterName: 'empty',
          status: 'ACTIVE',
          settings: [{ name: 'containerInsights', value: 'enhanced' }],
        },
      };
      const far = { account: '000000000000', region: 'us-east-1' };
      await store.transact([], [{ put: keys.cluster(far, 'empty'), value: other }]);
      await putTask({ taskId: 't2', lastStatus: 'PENDING' });
      const life = new AbortController();
      const run = clusters().run(life.signal);
      clock.advance(MINUTE);
      for (let turn = 0; (await events()).length < 2 && turn < 1000; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      life.abort();
      await run;
      const told = (await events()).map(({ ClusterName, TaskCount, ServiceCount }) => {
        return [String(ClusterName), [TaskCount, ServiceCount]] as const;
      });
      assert.deepEqual(Object.fromEntries(told), { default: [1, 0], empty: [0, 0] });
      assert.ok((await events()).every(({ Timestamp }) => Timestamp === clock.now()));
      assert.equal(await sampleCount('TaskCount'), 1);
    });

    it('is not told of a cluster without it, or one that was deleted', async () => {
      await setCluster('disabled');
      await clusters().tell(clock.now());
      assert.deepEqual(await events(), []);
    });
  });
});
