import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aTask, SUBNET } from '../../../test/support/control/task-records.ts';
import type { ContainerRecord, TaskRecord } from '../ecs/records.ts';
import type { MetricGroup } from './metrics.ts';
import { taskGroups } from './task-groups.ts';
import type { TaskMinute } from './task-minute.ts';

const MIB = 2 ** 20;
const AT = Date.UTC(2026, 0, 1, 12, 1);

function aContainer(name: string, over: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    containerArn: `arn:of:${name}`,
    ...{ name, image: 'registry.test:5000/team/app:1.2@sha256:00', lastStatus: 'RUNNING' },
    ...{ healthStatus: 'UNKNOWN', essential: true, cpu: '0' },
    ...over,
  };
}

const TASK: TaskRecord = aTask('t1', {
  lastStatus: 'RUNNING',
  eni: {
    ...{ attachmentId: 'a1', attachmentStatus: 'ATTACHED', eniId: 'eni-1', subnetId: SUBNET.subnetId },
    ...{ availabilityZone: 'eu-west-1b', macAddress: '', privateIpv4Address: '', privateDnsName: '' },
  },
  containers: [
    aContainer('web', { cpu: '128', memory: '512', memoryReservation: '200', healthStatus: 'HEALTHY' }),
    aContainer('side', { memory: '64', healthStatus: 'UNHEALTHY', runtimeId: 't1-0000000002' }),
    aContainer('done', { lastStatus: 'STOPPED' }),
  ],
  createdAt: 1_000,
  startedAt: 5_000,
});

const measured = { image: 'x', status: 'RUNNING', health: 'UNKNOWN' } as const;
const MINUTE: TaskMinute = {
  taskId: 't1',
  taskArn: TASK.taskArn,
  at: AT,
  containers: [
    {
      ...measured,
      ...{ name: 'web', runtimeId: 't1-0000000001', cpuUtilized: 100.5, memoryUtilized: 30, restartCount: 2 },
      storage: { readBytesPerSecond: 10, writeBytesPerSecond: 20 },
    },
    { ...measured, name: 'side', runtimeId: 't1-0000000002', cpuUtilized: 1, memoryUtilized: 5 },
    { ...measured, name: 'done', runtimeId: 't1-0000000003', cpuUtilized: 2, memoryUtilized: 1 },
  ],
  network: {
    ...{ rxBytesPerSecond: 1, txBytesPerSecond: 2, rxPackets: 3, rxErrors: 4, rxDropped: 5 },
    ...{ txPackets: 6, txErrors: 7, txDropped: 8 },
  },
  ephemeralStorage: { reserved: 20 * 2 ** 30, utilized: 77 },
};

/** Values by name and own labels. */
function values(group: MetricGroup | undefined): Record<string, number> {
  const all = (group?.families ?? []).flatMap(({ name, points }) =>
    points.map((point): [string, number] => [
      [name.replace('neargate_', ''), ...Object.values(point.labels)].join(' '),
      'value' in point ? point.value : Number.NaN,
    ]),
  );
  return Object.fromEntries(all);
}

describe('The figures of a task', () => {
  it('are those of its minute, beside what it was given', () => {
    const [task] = taskGroups(TASK, MINUTE);
    assert.deepEqual(values(task), {
      task_cpu_reserved_units: 256,
      task_memory_reserved_bytes: 512 * MIB,
      task_cpu_used_units: 103.5,
      task_memory_used_bytes: 36 * MIB,
      task_measured_timestamp_seconds: AT / 1000,
      task_network_receive_bytes_per_second: 1,
      task_network_transmit_bytes_per_second: 2,
      'task_network_packets_total receive': 3,
      'task_network_packets_total transmit': 6,
      'task_network_errors_total receive': 4,
      'task_network_errors_total transmit': 7,
      'task_network_dropped_total receive': 5,
      'task_network_dropped_total transmit': 8,
      task_ephemeral_storage_used_bytes: 77,
      task_ephemeral_storage_reserved_bytes: 20 * 2 ** 30,
    });
    assert.deepEqual(task?.labels, {
      ...{ account: '000000000000', region: 'eu-west-1', availability_zone: 'eu-west-1b' },
      ...{ cluster: 'default', family: 'web', revision: '1', task_id: 't1' },
    });
    assert.deepEqual([task?.since, task?.at], [5_000, AT]);
  });

  it('have a group for each container that runs', () => {
    const [task, web, side, ...others] = taskGroups(TASK, MINUTE);
    assert.deepEqual(others, []);
    assert.deepEqual(values(web), {
      container_cpu_reserved_units: 128,
      container_memory_reserved_bytes: 200 * MIB,
      container_healthy: 1,
      container_cpu_used_units: 100.5,
      container_memory_used_bytes: 30 * MIB,
      container_storage_read_bytes_per_second: 10,
      container_storage_write_bytes_per_second: 20,
      container_restarts_total: 2,
    });
    assert.deepEqual(values(side), {
      container_cpu_reserved_units: 0,
      container_memory_reserved_bytes: 64 * MIB,
      container_healthy: 0,
      container_cpu_used_units: 1,
      container_memory_used_bytes: 5 * MIB,
    });
    assert.deepEqual(web?.labels, { ...task?.labels, container: 'web' });
    assert.equal(web?.resource['container.image.name'], 'registry.test:5000/team/app');
    assert.equal(web?.resource['container.id'], undefined);
    assert.equal(side?.resource['container.id'], 't1-0000000002');
    assert.equal(side?.resource['aws.ecs.task.arn'], TASK.taskArn);
  });

  it('tell nothing of use before the first minute, and no network where none is measured', () => {
    const [fresh, web] = taskGroups(TASK, undefined);
    assert.deepEqual(Object.keys(values(fresh)), ['task_cpu_reserved_units', 'task_memory_reserved_bytes']);
    assert.equal(Object.keys(values(web)).length, 3);
    const { network: _none, ephemeralStorage: _noDisk, ...old } = MINUTE;
    const names = Object.keys(values(taskGroups(TASK, old)[0]));
    assert.ok(
      names.every((name) => !/network|ephemeral/.test(name)),
      names.join(),
    );
  });
});
