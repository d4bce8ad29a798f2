/** The performance log events of Container Insights: their members, in their order. Pure. */
import type { ContainerMinute, NetworkMinute, StorageMinute, TaskMinute } from '../telemetry/task-minute.ts';
import { directives, type MetricDirective } from './directives.ts';
import type { InsightsLevel } from './insights-level.ts';
import type { MeasuredContainer, MeasuredTask } from './measured-task.ts';

const BYTES_A_GIGABYTE = 1e9;

export interface PerformanceRecord {
  readonly Version: '0';
  readonly Type: string;
  /** Epoch milliseconds, a whole minute. */
  readonly Timestamp: number;
  readonly CloudWatchMetrics?: readonly MetricDirective[];
  readonly [member: string]: unknown;
}

/** What is to be told of a cluster. */
export interface ClusterMinute {
  readonly clusterName: string;
  readonly at: number;
  readonly taskCount: number;
  readonly serviceCount: number;
}

/** Of each container, then of the task. */
export function taskRecords(
  task: MeasuredTask,
  minute: TaskMinute,
  level: InsightsLevel,
): readonly PerformanceRecord[] {
  const containers = minute.containers.map((container) => containerRecord(task, minute, container, level));
  return [...containers, taskRecord(task, minute, level)];
}

export function clusterRecord(cluster: ClusterMinute, level: InsightsLevel): PerformanceRecord {
  return withMetrics('Cluster', level, {
    ...{ Version: '0', Type: 'Cluster', ClusterName: cluster.clusterName, Timestamp: cluster.at },
    TaskCount: cluster.taskCount,
    ContainerInstanceCount: 0,
    ServiceCount: cluster.serviceCount,
  });
}

function containerRecord(
  task: MeasuredTask,
  minute: TaskMinute,
  container: ContainerMinute,
  level: InsightsLevel,
): PerformanceRecord {
  const given = task.containers.find(({ name }) => name === container.name);
  const share = networkShare(minute.network, minute.containers.length);
  return withMetrics('Container', level, {
    ...{ Version: '0', Type: 'Container', ContainerName: container.name, TaskId: task.taskId },
    ...belonging(task),
    ClusterName: task.clusterName,
    Image: container.image,
    ContainerKnownStatus: container.status,
    Timestamp: minute.at,
    CpuUtilized: rounded(container.cpuUtilized),
    CpuReserved: given?.cpuReserved ?? 0,
    MemoryUtilized: rounded(container.memoryUtilized),
    MemoryReserved: given?.memoryReserved ?? 0,
    ...storageMembers(container.storage),
    ...networkMembers(share),
    ...(container.restartCount !== undefined && { RestartCount: container.restartCount }),
    ...(level === 'enhanced' && containerDetails(task, given, container, share)),
  });
}

/** A container that was given nothing of its own may use all of its task. */
function containerDetails(
  task: MeasuredTask,
  given: MeasuredContainer | undefined,
  { cpuUtilized, memoryUtilized, storage, health }: ContainerMinute,
  network: NetworkMinute | undefined,
): object {
  const cpuReserved = given?.cpuReserved || task.cpuReserved;
  const memoryReserved = given?.memoryReserved || task.memoryReserved;
  return {
    ContainerCpuUtilized: rounded(cpuUtilized),
    ContainerCpuReserved: cpuReserved,
    ContainerCpuUtilization: percent(cpuUtilized, cpuReserved),
    ContainerMemoryUtilized: rounded(memoryUtilized),
    ContainerMemoryReserved: memoryReserved,
    ContainerMemoryUtilization: percent(memoryUtilized, memoryReserved),
    ...prefixed('Container', storageMembers(storage)),
    ...(network !== undefined && {
      ContainerNetworkRxBytes: rounded(network.rxBytesPerSecond),
      ContainerNetworkTxBytes: rounded(network.txBytesPerSecond),
    }),
    ...(health !== 'UNKNOWN' && { UnHealthyContainerHealthStatus: health === 'UNHEALTHY' ? 1 : 0 }),
  };
}

function taskRecord(task: MeasuredTask, minute: TaskMinute, level: InsightsLevel): PerformanceRecord {
  const { containers, ephemeralStorage } = minute;
  const cpuUtilized = sum(containers.map((container) => container.cpuUtilized));
  const memoryUtilized = sum(containers.map((container) => container.memoryUtilized));
  const restarts = containers.flatMap(({ restartCount }) => restartCount ?? []);
  return withMetrics('Task', level, {
    ...{ Version: '0', Type: 'Task', TaskId: task.taskId },
    ...belonging(task),
    ...{ ClusterName: task.clusterName, AccountID: task.account, Region: task.region },
    ...{ AvailabilityZone: task.availabilityZone, KnownStatus: task.status, LaunchType: task.launchType },
    ...(task.pullStartedAt !== undefined && { PullStartedAt: task.pullStartedAt }),
    ...(task.pullStoppedAt !== undefined && { PullStoppedAt: task.pullStoppedAt }),
    CreatedAt: task.createdAt,
    ...(task.startedAt !== undefined && { StartedAt: task.startedAt }),
    Timestamp: minute.at,
    ...{ CpuUtilized: rounded(cpuUtilized), CpuReserved: task.cpuReserved },
    ...{ MemoryUtilized: rounded(memoryUtilized), MemoryReserved: task.memoryReserved },
    ...storageMembers(minute.storage),
    ...networkMembers(minute.network),
    ...(ephemeralStorage !== undefined && {
      EphemeralStorageReserved: rounded(ephemeralStorage.reserved / BYTES_A_GIGABYTE),
      EphemeralStorageUtilized: rounded(ephemeralStorage.utilized / BYTES_A_GIGABYTE),
    }),
    ...(restarts.length > 0 && { RestartCount: sum(restarts) }),
    ...(level === 'enhanced' && {
      TaskCpuUtilization: percent(cpuUtilized, task.cpuReserved),
      TaskMemoryUtilization: percent(memoryUtilized, task.memoryReserved),
      ...(ephemeralStorage !== undefined && {
        TaskEphemeralStorageUtilization: percent(ephemeralStorage.utilized, ephemeralStorage.reserved),
      }),
    }),
  });
}

function belonging({ family, revision, serviceName }: MeasuredTask): object {
  return {
    ...{ TaskDefinitionFamily: family, TaskDefinitionRevision: revision },
    ...(serviceName !== undefined && { ServiceName: serviceName }),
  };
}

function storageMembers(storage: StorageMinute | undefined): Record<string, number> {
  if (storage === undefined) return {};
  return {
    StorageReadBytes: rounded(storage.readBytesPerSecond),
    StorageWriteBytes: rounded(storage.writeBytesPerSecond),
  };
}

function networkMembers(network: NetworkMinute | undefined): Record<string, number> {
  if (network === undefined) return {};
  return {
    NetworkRxBytes: rounded(network.rxBytesPerSecond),
    NetworkRxDropped: network.rxDropped,
    NetworkRxErrors: network.rxErrors,
    NetworkRxPackets: network.rxPackets,
    NetworkTxBytes: rounded(network.txBytesPerSecond),
    NetworkTxDropped: network.txDropped,
    NetworkTxErrors: network.txErrors,
    NetworkTxPackets: network.txPackets,
  };
}

/** All containers have one interface: each is told an even part of it, so that the sum is the task's. */
function networkShare(network: NetworkMinute | undefined, containers: number): NetworkMinute | undefined {
  if (network === undefined) return undefined;
  const counted = (count: number): number => Math.floor(count / containers);
  return {
    rxBytesPerSecond: network.rxBytesPerSecond / containers,
    txBytesPerSecond: network.txBytesPerSecond / containers,
    rxPackets: counted(network.rxPackets),
    rxErrors: counted(network.rxErrors),
    rxDropped: counted(network.rxDropped),
    txPackets: counted(network.txPackets),
    txErrors: counted(network.txErrors),
    txDropped: counted(network.txDropped),
  };
}

function withMetrics(
  type: 'Task' | 'Container' | 'Cluster',
  level: InsightsLevel,
  record: PerformanceRecord,
): PerformanceRecord {
  const found = directives(type, level, record);
  return found.length === 0 ? record : { ...record, CloudWatchMetrics: found };
}

function prefixed(prefix: string, members: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [`${prefix}${name}`, value]));
}

function percent(part: number, whole: number): number {
  return whole > 0 ? rounded((part / whole) * 100) : 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Two digits behind the point are enough. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
