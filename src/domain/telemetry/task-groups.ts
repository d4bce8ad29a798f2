/** A running task and its containers as figures: from its record, and its newest minute. Pure. */
import type { ContainerRecord, TaskRecord } from '../ecs/records.ts';
import { type MeasuredTask, measuredTask } from '../insights/measured-task.ts';
import { figure, type Labels, type MetricFamily, type MetricGroup, type MetricName } from './metrics.ts';
import type { ContainerMinute, NetworkMinute, TaskMinute } from './task-minute.ts';

const MIB = 2 ** 20;

/** Groups of the task and of its containers that run. Before its first minute nothing is told of what it uses. */
export function taskGroups(record: TaskRecord, minute: TaskMinute | undefined): MetricGroup[] {
  const task = measuredTask(record);
  const labels = {
    account: task.account,
    region: task.region,
    availability_zone: task.availabilityZone,
    cluster: task.clusterName,
    family: task.family,
    revision: task.revision,
    task_id: task.taskId,
  };
  const since = record.startedAt ?? record.createdAt;
  const whole = {
    resource: taskResource(task),
    ...{ labels, since },
    ...(minute !== undefined && { at: minute.at }),
    families: taskFamilies(task, minute),
  };
  const running = record.containers.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const parts = running.map((container) => {
    const measured = minute?.containers.find(({ name }) => name === container.name);
    return {
      ...whole,
      resource: { ...whole.resource, ...containerResource(container) },
      labels: { ...labels, container: container.name },
      families: containerFamilies(container, task, measured),
    };
  });
  return [whole, ...parts];
}

function taskFamilies(task: MeasuredTask, minute: TaskMinute | undefined): MetricFamily[] {
  const reserved = [
    figure('neargate_task_cpu_reserved_units', task.cpuReserved),
    figure('neargate_task_memory_reserved_bytes', task.memoryReserved * MIB),
  ];
  if (minute === undefined) return reserved;
  const { at, containers, network, ephemeralStorage } = minute;
  const sum = (of: (container: ContainerMinute) => number): number =>
    containers.reduce((total, container) => total + of(container), 0);
  return [
    ...reserved,
    figure(
      'neargate_task_cpu_used_units',
      sum(({ cpuUtilized }) => cpuUtilized),
    ),
    figure('neargate_task_memory_used_bytes', sum(({ memoryUtilized }) => memoryUtilized) * MIB),
    figure('neargate_task_measured_timestamp_seconds', at / 1000),
    ...(network === undefined ? [] : networkFamilies(network)),
    ...(ephemeralStorage === undefined
      ? []
      : [
          figure('neargate_task_ephemeral_storage_used_bytes', ephemeralStorage.utilized),
          figure('neargate_task_ephemeral_storage_reserved_bytes', ephemeralStorage.reserved),
        ]),
  ];
}

function networkFamilies(network: NetworkMinute): MetricFamily[] {
  const both = (name: MetricName, receive: number, transmit: number): MetricFamily => ({
    name,
    points: [
      { labels: { direction: 'receive' }, value: receive },
      { labels: { direction: 'transmit' }, value: transmit },
    ],
  });
  return [
    figure('neargate_task_network_receive_bytes_per_second', network.rxBytesPerSecond),
    figure('neargate_task_network_transmit_bytes_per_second', network.txBytesPerSecond),
    both('neargate_task_network_packets_total', network.rxPackets, network.txPackets),
    both('neargate_task_network_errors_total', network.rxErrors, network.txErrors),
    both('neargate_task_network_dropped_total', network.rxDropped, network.txDropped),
  ];
}

function containerFamilies(
  { name, healthStatus }: ContainerRecord,
  task: MeasuredTask,
  measured: ContainerMinute | undefined,
): MetricFamily[] {
  const own = task.containers.find((container) => container.name === name);
  const families = [
    figure('neargate_container_cpu_reserved_units', own?.cpuReserved ?? 0),
    figure('neargate_container_memory_reserved_bytes', (own?.memoryReserved ?? 0) * MIB),
  ];
  if (healthStatus !== 'UNKNOWN') {
    families.push(figure('neargate_container_healthy', healthStatus === 'HEALTHY' ? 1 : 0));
  }
  if (measured === undefined) return families;
  const { cpuUtilized, memoryUtilized, storage, restartCount } = measured;
  families.push(figure('neargate_container_cpu_used_units', cpuUtilized));
  families.push(figure('neargate_container_memory_used_bytes', memoryUtilized * MIB));
  if (storage !== undefined) {
    families.push(
      figure('neargate_container_storage_read_bytes_per_second', storage.readBytesPerSecond),
      figure('neargate_container_storage_write_bytes_per_second', storage.writeBytesPerSecond),
    );
  }
  if (restartCount !== undefined) families.push(figure('neargate_container_restarts_total', restartCount));
  return families;
}

function taskResource(task: MeasuredTask): Labels {
  return {
    'cloud.provider': 'aws',
    'cloud.platform': 'aws_ecs',
    'cloud.account.id': task.account,
    'cloud.region': task.region,
    'cloud.availability_zone': task.availabilityZone,
    'cloud.resource_id': task.taskArn,
    'aws.ecs.cluster.arn': task.clusterArn,
    'aws.ecs.task.arn': task.taskArn,
    'aws.ecs.task.id': task.taskId,
    'aws.ecs.task.family': task.family,
    'aws.ecs.task.revision': task.revision,
    'aws.ecs.launchtype': 'fargate',
  };
}

function containerResource({ containerArn, name, image, runtimeId }: ContainerRecord): Labels {
  return {
    'aws.ecs.container.arn': containerArn,
    'container.name': name,
    'container.image.name': image.replace(/@.*$/, '').replace(/:[^:/]*$/, ''),
    ...(runtimeId !== undefined && { 'container.id': runtimeId }),
  };
}
