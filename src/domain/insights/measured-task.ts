/** What is told of a task beside its figures: who it is, and what it was given. From its record. Pure. */
import type { ContainerRecord, TaskRecord } from '../ecs/records.ts';
import type { TaskStatus } from '../task/lifecycle.ts';

const TASK_DEFINITION = /:task-definition\/([^:]+):(\d+)$/;
const SERVICE = /^service:(.+)$/;

export interface MeasuredContainer {
  readonly name: string;
  /** Its own CPU units, 0 where the definition gives none. */
  readonly cpuReserved: number;
  /** MiB: its soft limit, or its hard one; 0 where the definition gives none. */
  readonly memoryReserved: number;
}

export interface MeasuredTask {
  readonly account: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly clusterName: string;
  readonly clusterArn: string;
  readonly taskId: string;
  readonly taskArn: string;
  readonly family: string;
  readonly revision: string;
  /** Of the service that started it. */
  readonly serviceName?: string;
  readonly platformVersion: string;
  readonly launchType: string;
  readonly status: TaskStatus;
  /** CPU units of the task. */
  readonly cpuReserved: number;
  /** MiB of the task. */
  readonly memoryReserved: number;
  readonly containers: readonly MeasuredContainer[];
  readonly createdAt: number;
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
}

export function measuredTask(record: TaskRecord): MeasuredTask {
  const [, family = '', revision = ''] = TASK_DEFINITION.exec(record.taskDefinitionArn) ?? [];
  const [, serviceName] = SERVICE.exec(record.group) ?? [];
  const { pullStartedAt, pullStoppedAt, startedAt } = record;
  return {
    account: record.account,
    region: record.region,
    availabilityZone: record.eni?.availabilityZone ?? '',
    clusterName: record.clusterName,
    clusterArn: record.clusterArn,
    taskId: record.taskId,
    taskArn: record.taskArn,
    ...{ family, revision },
    ...(serviceName !== undefined && { serviceName }),
    platformVersion: record.platformVersion,
    launchType: record.launchType,
    status: record.lastStatus,
    cpuReserved: record.cpuUnits,
    memoryReserved: record.memoryMiB,
    containers: record.containers.map(measuredContainer),
    createdAt: record.createdAt,
    ...(pullStartedAt !== undefined && { pullStartedAt }),
    ...(pullStoppedAt !== undefined && { pullStoppedAt }),
    ...(startedAt !== undefined && { startedAt }),
  };
}

function measuredContainer({ name, cpu, memory, memoryReservation }: ContainerRecord): MeasuredContainer {
  return { name, cpuReserved: Number(cpu), memoryReserved: Number(memoryReservation ?? memory ?? 0) };
}
