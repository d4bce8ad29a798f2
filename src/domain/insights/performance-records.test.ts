import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerMinute, TaskMinute } from '../telemetry/task-minute.ts';
import type { InsightsLevel } from './insights-level.ts';
import type { MeasuredTask } from './measured-task.ts';
import { metricData } from './metric-data.ts';
import { clusterRecord, taskRecords } from './performance-records.ts';

const AT = Date.UTC(2026, 0, 1, 12, 1);
const TASK: MeasuredTask = {
  ...{ account: '000000000000', region: 'eu-west-1', availabilityZone: 'eu-west-1a' },
  ...{ clusterName: 'shop', clusterArn: 'c', taskId: 'a1', taskArn: 't', family: 'web', revision: '7' },
  ...{ platformVersion: '1.4.0', launchType: 'FARGATE', status: 'RUNNING' },
  ...{ cpuReserved: 256, memoryReserved: 512 },
  containers: [
    { name: 'app', cpuReserved: 128, memoryReserved: 256 },
    { name: 'log', cpuReserved: 0, memoryReserved: 0 },
  ],
  ...{ createdAt: 1, pullStartedAt: 2, pullStoppedAt: 3, startedAt: 4 },
};
const STORAGE = { readBytesPerSecond: 10, writeBytesPerSecond: 20 };

const containerMinute = (name: string, over: Partial<ContainerMinute> = {}): ContainerMinute => ({
  ...{ name, runtimeId: `a1-${name}`, image: `${name}:1`, status: 'RUNNING', health: 'UNKNOWN' },
  ...{ cpuUtilized: 32.126, memoryUtilized: 64.5, storage: STORAGE },
  ...over,
});

const MINUTE: TaskMinute = {
  ...{ taskId: 'a1', taskArn: 't', at: AT },
  containers: [containerMinute('app', { restartCount: 2, health: 'UNHEALTHY' }), containerMinute('log')],
  network: {
    ...{ rxBytesPerSecond: 101, rxPackets: 5, rxErrors: 0, rxDropped: 1 },
    ...{ txBytesPerSecond: 40, txPackets: 4, txErrors: 0, txDropped: 0 },
  },
  storage: STORAGE,
  ephemeralStorage: { reserved: 20 * 2 ** 30, utilized: 1e9 },
};

const USAGE =
  'CpuUtilized CpuReserved MemoryUtilized MemoryReserved StorageReadBytes StorageWriteBytes NetworkRxBytes' +
  ' NetworkRxDropped NetworkRxErrors NetworkRxPackets NetworkTxBytes NetworkTxDropped NetworkTxErrors NetworkTxPackets';

describe('Performance records', () => {
  const members = (level: InsightsLevel, task = TASK, minute = MINUTE): string[] =>
    taskRecords(task, minute, level).map((record) => Object.keys(record).join(' '));

  it('have AWS’s members in AWS’s order', () => {
    const [app, log, task] = members('enabled');
    const container =
      'Version Type ContainerName TaskId TaskDefinitionFamily TaskDefinitionRevision ClusterName Image' +
      ` ContainerKnownStatus Timestamp ${USAGE}`;
    assert.equal(log, container);
    assert.equal(app, `${container} RestartCount`);
    assert.equal(
      task,
      'Version Type TaskId TaskDefinitionFamily TaskDefinitionRevision ClusterName AccountID Region AvailabilityZone' +
        ' KnownStatus LaunchType PullStartedAt PullStoppedAt CreatedAt StartedAt Timestamp' +
        ` ${USAGE} EphemeralStorageReserved EphemeralStorageUtilized RestartCount CloudWatchMetrics`,
    );
    const cluster = clusterRecord({ clusterName: 'shop', at: AT, taskCount: 3, serviceCount: 0 }, 'enabled');
    assert.equal(
      JSON.stringify(cluster),
      `{"Version":"0","Type":"Cluster","ClusterName":"shop","Timestamp":${AT},"TaskCount":3,` +
        '"ContainerInstanceCount":0,"ServiceCount":0,"CloudWatchMetrics":[{"Namespace":"ECS/ContainerInsights",' +
        '"Metrics":[{"Name":"TaskCount","Unit":"Count"},{"Name":"ContainerInstanceCount","Unit":"Count"},' +
        '{"Name":"ServiceCount","Unit":"Count"}],"Dimensions":[["ClusterName"]]}]}',
    );
  });

  it('name the service behind the task definition', () => {
    const [, , task] = members('enabled', { ...TASK, serviceName: 'front' });
    assert.match(task ?? '', /TaskDefinitionRevision ServiceName ClusterName/);
  });

  it('say what was used and what was given', () => {
    const [app, log, task] = taskRecords(TASK, MINUTE, 'enabled');
    assert.deepEqual(
      [app?.['CpuUtilized'], app?.['CpuReserved'], app?.['MemoryReserved']],
      [32.13, 128, 256],
    );
    assert.deepEqual([log?.['CpuReserved'], log?.['MemoryReserved']], [0, 0]);
    assert.deepEqual(
      [app?.['NetworkRxBytes'], log?.['NetworkRxBytes']],
      [50.5, 50.5],
      'the parts of one interface',
    );
    assert.deepEqual([task?.['CpuUtilized'], task?.['MemoryUtilized']], [64.25, 129]);
    assert.deepEqual([task?.['NetworkRxBytes'], task?.['NetworkTxPackets']], [101, 4]);
    assert.deepEqual([task?.['EphemeralStorageReserved'], task?.['EphemeralStorageUtilized']], [21.47, 1]);
    assert.equal(task?.Timestamp, AT);
  });

  it('have no members of what was not measured', () => {
    const { network: _, ephemeralStorage: __, ...old } = MINUTE;
    for (const record of taskRecords(TASK, old, 'enhanced')) {
      assert.doesNotMatch(JSON.stringify(record), /Network|Ephemeral/);
    }
  });
});

const C = 'ClusterName';
const F = 'ClusterName TaskDefinitionFamily';
const S = 'ClusterName ServiceName';
const FT = `${F} TaskId`;
const ST = 'ClusterName ServiceName TaskId';
const CONTAINER = [
  'ClusterName ContainerName TaskDefinitionFamily',
  'ClusterName ContainerName ServiceName',
  'ClusterName ContainerName TaskDefinitionFamily TaskId',
  'ClusterName ContainerName ServiceName TaskId',
];

/** Metric, unit, dimensions in standard mode, and what enhanced mode adds: the table of the documentation. */
const TABLE: readonly [string, string, readonly string[], readonly string[]][] = [
  ...['CpuUtilized', 'CpuReserved'].map((name) => row(name, 'None', [C, F, S], [FT, ST])),
  ...['MemoryUtilized', 'MemoryReserved'].map((name) => row(name, 'Megabytes', [C, F, S], [FT, ST])),
  ...['NetworkRxBytes', 'NetworkTxBytes', 'StorageReadBytes', 'StorageWriteBytes'].map((name) =>
    row(name, 'Bytes/Second', [C, F, S], [FT, ST]),
  ),
  ...['EphemeralStorageReserved', 'EphemeralStorageUtilized'].map((name) =>
    row(name, 'Gigabytes', [C, F, S], [FT, ST]),
  ),
  row('RestartCount', 'Count', [C, F, S], [FT, ST, ...CONTAINER]),
  row('UnHealthyContainerHealthStatus', 'Count', [], [C, ...CONTAINER]),
  ...['TaskCpuUtilization', 'TaskMemoryUtilization', 'TaskEphemeralStorageUtilization'].map((name) =>
    row(name, 'Percent', [], [C, F, S, FT, ST]),
  ),
  ...['ContainerCpuUtilized', 'ContainerCpuReserved'].map((name) => row(name, 'None', [], [C, ...CONTAINER])),
  ...['ContainerMemoryUtilized', 'ContainerMemoryReserved'].map((name) =>
    row(name, 'Megabytes', [], [C, ...CONTAINER]),
  ),
  ...['ContainerCpuUtilization', 'ContainerMemoryUtilization'].map((name) =>
    row(name, 'Percent', [], [C, ...CONTAINER]),
  ),
  ...['ContainerNetworkRxBytes', 'ContainerNetworkTxBytes'].map((name) =>
    row(name, 'Bytes/Second', [], [C, F, S, FT, ST]),
  ),
  ...['ContainerStorageReadBytes', 'ContainerStorageWriteBytes'].map((name) =>
    row(name, 'Bytes', [], [C, ...CONTAINER]),
  ),
];

function row(
  name: string,
  unit: string,
  standard: readonly string[],
  more: readonly string[],
): [string, string, readonly string[], readonly string[]] {
  return [name, unit, standard, more];
}

describe('Metrics of Container Insights', () => {
  const found = (level: InsightsLevel): Map<string, string[]> => {
    const records = taskRecords({ ...TASK, serviceName: 'front' }, MINUTE, level);
    const metrics = new Map<string, string[]>();
    for (const { metric, unit } of metricData(records)) {
      assert.equal(metric.namespace, 'ECS/ContainerInsights');
      const key = `${metric.name} ${unit}`;
      metrics.set(key, [...(metrics.get(key) ?? []), metric.dimensions.map(({ name }) => name).join(' ')]);
    }
    return metrics;
  };
  const unique = (dimensions: readonly string[] = []): string[] => [...new Set(dimensions)].sort();

  for (const [name, unit, standard, more] of TABLE) {
    it(`${name}: in ${unit}, by its dimensions`, () => {
      assert.deepEqual(unique(found('enabled').get(`${name} ${unit}`)), unique(standard));
      assert.deepEqual(unique(found('enhanced').get(`${name} ${unit}`)), unique([...standard, ...more]));
    });
  }

  it('are those of the table and no others', () => {
    const known = new Set(TABLE.map(([name, unit]) => `${name} ${unit}`));
    assert.deepEqual(
      [...found('enhanced').keys()].filter((name) => !known.has(name)),
      [],
    );
  });

  it('have a value of each task, or of each container', () => {
    const other = { ...TASK, taskId: 'b2' };
    const data = metricData([
      ...taskRecords(TASK, MINUTE, 'enhanced'),
      ...taskRecords(other, MINUTE, 'enhanced'),
    ]);
    const valuesOf = (name: string, dimensions: number): unknown =>
      data
        .filter(({ metric }) => metric.name === name && metric.dimensions.length === dimensions)
        .map(({ content, at, resolution }) => ({ content, at, resolution }));
    const told = (value: number, count: number) => ({
      ...{ content: { values: [{ value, count }] }, at: AT, resolution: 60 },
    });
    assert.deepEqual(valuesOf('CpuUtilized', 1), [told(64.25, 2)]);
    assert.deepEqual(valuesOf('CpuUtilized', 3), [told(64.25, 1), told(64.25, 1)], 'of each task');
    assert.deepEqual(
      valuesOf('UnHealthyContainerHealthStatus', 1),
      [told(1, 2)],
      'only where health is checked',
    );
    assert.deepEqual(valuesOf('TaskCpuUtilization', 1), [told(25.1, 2)]);
    const { content } = data.find(({ metric }) => metric.name === 'ContainerCpuReserved') ?? assert.fail();
    const reserved = [
      { value: 128, count: 2 },
      { value: 256, count: 2 },
    ];
    assert.deepEqual(content, { values: reserved }, 'its own, or its task’s');
  });
});
