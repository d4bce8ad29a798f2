/**
 * Container Insights against the truth: what the kernel counted of real tasks over the same minute, and what they are
 * known to have sent, received and written.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type MetricDataQuery, GetMetricDataCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { UpdateClusterSettingsCommand } from '@aws-sdk/client-ecs';
import { patient } from '../../src/ports/testing/patience.ts';
import { cgroupFigures } from '../support/neargate/cgroup-figures.ts';
import { runInTask } from '../support/neargate/task-program.ts';
import { Scene } from '../support/neargate/scene.ts';
import { exposed } from '../support/prometheus/exposed.ts';

const NAMESPACE = 'ECS/ContainerInsights';
const LOG_GROUP = '/aws/ecs/containerinsights/default/performance';
const MINUTE = 60_000;
/** A piece of a minute that is shorter is measured with the next. */
const SHORTEST = 10_000;
const MIB = 2 ** 20;
const SENT = 64 * MIB;
const WRITTEN = 48 * MIB;
const MEASURED =
  'CpuUtilized CpuReserved MemoryUtilized MemoryReserved NetworkRxBytes NetworkTxBytes StorageReadBytes StorageWriteBytes EphemeralStorageReserved EphemeralStorageUtilized'.split(
    ' ',
  );
const WAIT = 'trap "exit 0" TERM; while :; do sleep 0.2; done';
const STATS = 'wget -q -O - "$ECS_CONTAINER_METADATA_URI_V4/task/stats"; echo';
const PATIENCE_MS = patient(90_000);

const noIperf3 =
  spawnSync('iperf3', ['--version']).status === 0 ? false : 'iperf3 is missing (Debian package)';

type Record = { readonly [member: string]: unknown; readonly Timestamp: number };
interface Stats {
  readonly read: string;
  readonly cpu_stats: { readonly cpu_usage: { readonly total_usage: number } };
  readonly networks: { readonly eth1: { readonly rx_bytes: number; readonly tx_bytes: number } };
}

describe('Container Insights', () => {
  let scene: Scene;
  before(async () => {
    // An agent that starts near the end of a minute measures on to the end of the next: sixty times its rates are not all.
    if (Date.now() % MINUTE > MINUTE / 2) await until(endOfMinute(Date.now()));
    const minuteEnds = endOfMinute(Date.now());
    scene = await Scene.start(['--metrics-listen', '127.0.0.1:0']);
    // On a slow machine it may have come to that.
    const firstEnds = endOfMinute(Date.now() + SHORTEST);
    if (firstEnds > minuteEnds) await until(firstEnds);
    await scene.neargate.ecs.send(
      new UpdateClusterSettingsCommand({
        cluster: 'default',
        settings: [{ name: 'containerInsights', value: 'enhanced' }],
      }),
    );
  });
  after(() => scene?.close());

  const records = async (type: string, taskId?: string): Promise<Record[]> => {
    const found: Record[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await scene.neargate.logs.send(
        new FilterLogEventsCommand({ logGroupName: LOG_GROUP, nextToken }),
      );
      found.push(...(answer.events ?? []).map(({ message = '' }) => JSON.parse(message) as Record));
      ({ nextToken } = answer);
    } while (nextToken !== undefined);
    return found.filter((one) => one['Type'] === type && (taskId === undefined || one['TaskId'] === taskId));
  };
  /** The record of the minute that ended at `at`. */
  const recordAt = async (type: string, taskId: string, at: number): Promise<Record> => {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await delay(500)) {
      const record = (await records(type, taskId)).find(({ Timestamp }) => Timestamp === at);
      if (record !== undefined) return record;
    }
    return assert.fail(`no ${type} of ${new Date(at).toISOString()}`);
  };
  const metric = async (
    name: string,
    at: number,
    dimensions: { [name: string]: string },
  ): Promise<number> => {
    const query: MetricDataQuery = {
      Id: 'm',
      MetricStat: {
        Metric: {
          ...{ Namespace: NAMESPACE, MetricName: name },
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        ...{ Period: 60, Stat: 'Average' },
      },
    };
    const range = { StartTime: new Date(at), EndTime: new Date(at + MINUTE) };
    const { MetricDataResults = [] } = await scene.neargate.cloudWatch.send(
      new GetMetricDataCommand({ MetricDataQueries: [query], ...range }),
    );
    return MetricDataResults[0]?.Values?.[0] ?? Number.NaN;
  };
  const nextMinute = async (): Promise<number> => {
    const at = endOfMinute(Date.now());
    await until(at);
    return at;
  };
  const start = async (script: string, platformVersion = '1.4.0') => {
    const definition = await scene.register([scene.container('app', { command: ['sh', '-c', script] })]);
    const arn = await scene.run(definition, { platformVersion });
    const task = await scene.until(arn, 'RUNNING');
    const [, family = ''] = /task-definition\/(.+):\d+$/.exec(definition) ?? [];
    const runtimeId = task.containers?.[0]?.runtimeId ?? assert.fail();
    return {
      arn,
      family,
      runtimeId,
      taskId: arn.slice(arn.lastIndexOf('/') + 1),
      address: Scene.address(task),
    };
  };
  const near = (value: unknown, truth: number, share: number, what: string): void => {
    assert.ok(
      Math.abs(Number(value) - truth) <= truth * share,
      `${what}: ${String(value)}, and really ${truth}`,
    );
  };
  const sumOf = (all: readonly Record[], member: string): number =>
    all.reduce((sum, record) => sum + Number(record[member]), 0) * 60;

  const iperf3 = (taskId: string, args: readonly string[], signal?: AbortSignal): Promise<string> =>
    runInTask(scene.neargate, taskId, ['iperf3', ...args], { PATH: '/usr/bin:/bin' }, signal);
  /** Sends from one task to the other; resolves with how many bytes iperf3 says that it were. */
  const send = async (from: string, to: string, address: string): Promise<number> => {
    const life = new AbortController();
    const listening = iperf3(to, ['--server'], life.signal);
    listening.catch(() => undefined);
    try {
      for (const deadline = performance.now() + PATIENCE_MS; ; await delay(200)) {
        const sending = iperf3(from, ['--json', '--client', address, '--bytes', '1G']);
        const output = await sending.catch((error: unknown) => {
          if (performance.now() > deadline) throw error;
        });
        if (output === undefined) continue;
        const { end, error } = JSON.parse(output) as {
          end: { sum_sent?: { bytes: number } };
          error?: string;
        };
        if (end.sum_sent !== undefined) return end.sum_sent.bytes;
        // It ends well, too, when the server hung up before the first byte.
        assert.ok(performance.now() < deadline, error);
      }
    } finally {
      life.abort();
    }
  };

  /** `/metrics` has the same of the minute that ended last. */
  const assertExposed = async (task: Record, at: number): Promise<void> => {
    const url = scene.neargate.info.metrics ?? assert.fail('no /metrics');
    const value = async (name: string): Promise<number> => {
      const labels = { task_id: String(task['TaskId']) };
      const [found = Number.NaN] = await exposed(url, `neargate_task_${name}`, labels);
      return found;
    };
    assert.equal(await value('measured_timestamp_seconds'), at / 1000);
    near(await value('cpu_used_units'), Number(task['CpuUtilized']), 0.001, 'CPU units at /metrics');
    near((await value('memory_used_bytes')) / MIB, Number(task['MemoryUtilized']), 0.02, 'MiB at /metrics');
    near(
      await value('network_receive_bytes_per_second'),
      Number(task['NetworkRxBytes']),
      0.001,
      'B/s at /metrics',
    );
    assert.equal(await value('cpu_reserved_units'), task['CpuReserved']);
    const disk = Number(task['EphemeralStorageReserved']) * 1e9;
    near(await value('ephemeral_storage_reserved_bytes'), disk, 0.001, 'bytes of disk at /metrics');
  };

  it('tells what tasks really use, in log events, metrics and the task’s own statistics', async () => {
    const server = await start(
      `dd if=/dev/zero of=/www/file bs=1M count=${SENT / MIB} 2>/dev/null; echo ready; exec httpd -f -p 8080 -h /www`,
    );
    await scene.outputWith(server.arn, 'app', /ready/);
    const old = await start(WAIT, '1.3.0');
    const busy = await start(
      `until stats=$(${STATS}) && [ "$stats" != "\${stats%rx_bytes*}" ]; do sleep 0.5; done; echo "$stats";` +
        ` wget -q -O /dev/null http://${server.address}:8080/file && dd if=/dev/zero of=/tmp/file bs=1M` +
        ` count=${WRITTEN / MIB} conv=fsync 2>/dev/null; held=$(head -c 60000000 /dev/zero | tr '\\0' x);` +
        ' trap "exit 0" TERM; (while :; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.1; done) &' +
        ` echo done; while :; do sleep 5; ${STATS}; done`,
    );
    await scene.outputWith(busy.arn, 'app', /^done/);
    const from = await nextMinute();
    const before = await cgroupFigures(busy.runtimeId);
    const memory: number[] = [];
    const life = new AbortController();
    const watching = (async () => {
      while (!life.signal.aborted) {
        memory.push((await cgroupFigures(busy.runtimeId)).memoryBytes);
        await delay(500, undefined, { signal: life.signal }).catch(() => undefined);
      }
    })();
    const at = await nextMinute();
    const now = await cgroupFigures(busy.runtimeId);
    life.abort();
    await watching;
    assert.equal(at - from, MINUTE);

    const task = await recordAt('Task', busy.taskId, at);
    await assertExposed(task, at);
    const units = ((now.cpuNs - before.cpuNs) / 1e6 / MINUTE) * 1024;
    near(task['CpuUtilized'], units, 0.03, 'CPU units');
    const meanMemory = memory.reduce((sum, value) => sum + value, 0) / memory.length / MIB;
    near(task['MemoryUtilized'], meanMemory, 0.03, 'MiB');
    near(task['TaskCpuUtilization'], (units / 256) * 100, 0.03, '% of the task’s CPU');
    const container = await recordAt('Container', busy.taskId, at);
    assert.equal(container['CpuUtilized'], task['CpuUtilized']);

    const all = await records('Task', busy.taskId);
    const lines = (await scene.output(busy.arn, 'app')).filter((line) => line.startsWith('{'));
    const stats = lines.map((line) => Object.values(JSON.parse(line) as { [id: string]: Stats })[0]);
    const [first, last] = [stats[0] ?? assert.fail(), stats.at(-1) ?? assert.fail()];
    const received = last.networks.eth1.rx_bytes - first.networks.eth1.rx_bytes;
    // Headers, and acknowledgements of what is sent, are traffic too.
    assert.ok(received >= SENT && received <= SENT * 1.01, `${received} bytes in the task’s own statistics`);
    // A slow machine looks late at the end of a minute, which is the longer for it.
    near(sumOf(all, 'NetworkRxBytes') - first.networks.eth1.rx_bytes, received, 0.01, 'bytes received');
    near(sumOf(all, 'StorageWriteBytes'), WRITTEN, 0.03, 'bytes written');
    const sent = await records('Task', server.taskId);
    near(sumOf(sent, 'NetworkTxBytes'), received, 0.01, 'bytes sent');
    const inTheMinute = stats.filter((one) => Date.parse(one?.read ?? '') >= from);
    const [early, late] = [inTheMinute[0] ?? assert.fail(), inTheMinute.at(-1) ?? assert.fail()];
    const usedNs = late.cpu_stats.cpu_usage.total_usage - early.cpu_stats.cpu_usage.total_usage;
    const overMs = Date.parse(late.read) - Date.parse(early.read);
    near((usedNs / 1e6 / overMs) * 1024, units, 0.15, 'CPU units in the task’s own statistics');

    const byTask = { ClusterName: 'default', TaskDefinitionFamily: busy.family, TaskId: busy.taskId };
    for (const name of MEASURED) assert.equal(await metric(name, at, byTask), task[name], name);
    assert.equal(await metric('TaskCount', at, { ClusterName: 'default' }), 3);

    const ofOld = await recordAt('Task', old.taskId, at);
    assert.deepEqual(
      Object.keys(ofOld).filter((member) => /Network|Ephemeral/.test(member)),
      [],
    );
    assert.ok(Object.hasOwn(ofOld, 'StorageReadBytes'));
    const metrics = scene.neargate.info.metrics ?? '';
    const network = 'neargate_task_network_receive_bytes_per_second';
    assert.deepEqual(await exposed(metrics, network, { task_id: old.taskId }), []);
    for (const [{ family }, count] of [
      [old, 0],
      [busy, 2],
    ] as const) {
      const { Metrics = [] } = await scene.neargate.cloudWatch.send(
        new ListMetricsCommand({
          ...{ Namespace: NAMESPACE, MetricName: 'NetworkRxBytes' },
          Dimensions: [{ Name: 'TaskDefinitionFamily', Value: family }],
        }),
      );
      assert.equal(Metrics.length, count, `network metrics of ${family}`);
    }
    const { logGroups = [] } = await scene.neargate.logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: LOG_GROUP }),
    );
    assert.equal(logGroups[0]?.retentionInDays, 1);
  });

  it('counts within 1 % what iperf3 sends from one task to another', { skip: noIperf3 }, async () => {
    const [sender, receiver] = await Promise.all([start(WAIT), start(WAIT)]);
    const sent = await send(sender.taskId, receiver.taskId, receiver.address);
    const at = await nextMinute();
    for (const [{ taskId, family }, name] of [
      [sender, 'NetworkTxBytes'],
      [receiver, 'NetworkRxBytes'],
    ] as const) {
      await recordAt('Task', taskId, at);
      const all = await records('Task', taskId);
      near(sumOf(all, name), sent, 0.01, `${name} in log events`);
      const dimensions = { ClusterName: 'default', TaskDefinitionFamily: family, TaskId: taskId };
      const told = await Promise.all(all.map(({ Timestamp }) => metric(name, Timestamp, dimensions)));
      near(told.reduce((sum, value) => sum + value, 0) * 60, sent, 0.01, `${name} in metrics`);
    }
  });
});

function endOfMinute(at: number): number {
  return Math.ceil((at + 1) / MINUTE) * MINUTE;
}

async function until(at: number): Promise<void> {
  while (Date.now() < at) await delay(at - Date.now());
}
