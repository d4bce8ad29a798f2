/** A task as the API shows it. On the path of every DescribeTasks: plain assignments, nothing computed twice. */
import type { Attachment, Container, KeyValuePair, Tag, Task } from '@aws-sdk/client-ecs';
import type { ContainerRecord, TaskRecord } from '../../../domain/ecs/records.ts';

const TIMES = [
  'connectivityAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const;

const OPTIONAL = ['capacityProviderName', 'connectivity', 'startedBy', 'stopCode', 'stoppedReason'] as const;

/** With tags only if asked; an empty list otherwise. */
export function taskView(record: TaskRecord, withTags: boolean): Task {
  const storage = { sizeInGiB: record.ephemeralStorageGiB };
  const task: Task = {
    attachments: [attachmentView(record)],
    attributes: [{ name: 'ecs.cpu-architecture', value: record.cpuArchitecture.toLowerCase() }],
    clusterArn: record.clusterArn,
    containers: record.containers.map((container) => containerView(container, record)),
    cpu: String(record.cpuUnits),
    createdAt: new Date(record.createdAt),
    desiredStatus: record.desiredStatus,
    enableExecuteCommand: record.enableExecuteCommand,
    ephemeralStorage: storage,
    fargateEphemeralStorage: storage,
    group: record.group,
    healthStatus: record.healthStatus,
    inferenceAccelerators: [],
    lastStatus: record.lastStatus,
    launchType: record.launchType,
    memory: String(record.memoryMiB),
    overrides: record.overrides as NonNullable<Task['overrides']>,
    platformFamily: record.platformFamily,
    platformVersion: record.platformVersion,
    tags: withTags ? (record.tags as Tag[]) : [],
    taskArn: record.taskArn,
    taskDefinitionArn: record.taskDefinitionArn,
    version: record.version,
  };
  if (record.eni !== undefined) task.availabilityZone = record.eni.availabilityZone;
  for (const name of OPTIONAL) {
    if (record[name] !== undefined) Object.assign(task, { [name]: record[name] });
  }
  for (const name of TIMES) {
    const at = record[name];
    if (at !== undefined) task[name] = new Date(at);
  }
  return task;
}

function attachmentView(record: TaskRecord): Attachment {
  const { eni, attachmentId, networkConfiguration, lastStatus } = record;
  const type = 'ElasticNetworkInterface';
  if (eni === undefined) {
    // Which of several subnets it will be is not decided yet.
    const [only, ...others] = networkConfiguration.subnets;
    const details = others.length === 0 ? [detail('subnetId', only)] : [];
    const status = lastStatus === 'STOPPED' ? 'DELETED' : 'PRECREATED';
    return { id: attachmentId, type, status, details };
  }
  return {
    id: attachmentId,
    type,
    status: eni.attachmentStatus,
    details: [
      detail('subnetId', eni.subnetId),
      detail('networkInterfaceId', eni.eniId),
      detail('macAddress', eni.macAddress),
      ...(eni.privateDnsName === '' ? [] : [detail('privateDnsName', eni.privateDnsName)]),
      detail('privateIPv4Address', eni.privateIpv4Address),
    ],
  };
}

const detail = (name: string, value: string | undefined): KeyValuePair => ({ name, value });

function containerView(record: ContainerRecord, { taskArn, eni, attachmentId }: TaskRecord): Container {
  const container: Container = {
    containerArn: record.containerArn,
    taskArn,
    name: record.name,
    image: record.image,
    lastStatus: record.lastStatus,
    networkBindings: [],
    networkInterfaces:
      eni === undefined ? [] : [{ attachmentId, privateIpv4Address: eni.privateIpv4Address }],
    healthStatus: record.healthStatus,
    cpu: record.cpu,
  };
  if (record.imageDigest !== undefined) container.imageDigest = record.imageDigest;
  if (record.runtimeId !== undefined) container.runtimeId = record.runtimeId;
  if (record.exitCode !== undefined) container.exitCode = record.exitCode;
  if (record.reason !== undefined) container.reason = record.reason;
  if (record.memory !== undefined) container.memory = record.memory;
  if (record.memoryReservation !== undefined) container.memoryReservation = record.memoryReservation;
  return container;
}
