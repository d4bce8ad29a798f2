/** The record of a task at its birth: PROVISIONING, on no machine yet. */
import { containerArn, type Scope, taskArn } from '../../arn.ts';
import { defaultStorageGiB, type PlatformVersion } from '../platform-version.ts';
import type { ClusterRecord, ContainerRecord, TaskRecord } from '../records.ts';
import type { ContainerDefinition, NetworkConfiguration, Tag, TaskDefinition } from '../task-definition.ts';
import type { OverriddenTask } from './overrides.ts';

/** What all tasks of one request share. */
export interface TaskPlan {
  readonly scope: Scope;
  readonly cluster: Pick<ClusterRecord, 'clusterName' | 'clusterArn'>;
  readonly definition: TaskDefinition;
  readonly task: OverriddenTask;
  readonly platform: PlatformVersion;
  readonly networkConfiguration: NetworkConfiguration;
  readonly group: string;
  readonly startedBy: string | undefined;
  readonly tags: readonly Tag[];
  readonly enableExecuteCommand: boolean;
  /** Undefined for the machine's default. */
  readonly runtimeHandler: string | undefined;
  readonly createdAt: number;
}

/** What is each task's own. `uuid` gives the ids of its attachment and its containers. */
export interface TaskIdentity {
  readonly taskId: string;
  readonly capacityProviderName: string | undefined;
  readonly uuid: () => string;
}

export function newTask(plan: TaskPlan, identity: TaskIdentity): TaskRecord {
  const { scope, cluster, definition, task, platform } = plan;
  const storage = task.overrides.ephemeralStorage ?? definition.ephemeralStorage;
  const record: TaskRecord = {
    account: scope.account,
    region: scope.region,
    taskId: identity.taskId,
    taskArn: taskArn(scope, cluster.clusterName, identity.taskId),
    clusterName: cluster.clusterName,
    clusterArn: cluster.clusterArn,
    taskDefinitionArn: definition.taskDefinitionArn,
    version: 1,
    desiredStatus: 'RUNNING',
    lastStatus: 'PROVISIONING',
    healthStatus: 'UNKNOWN',
    cpuUnits: task.size.cpuUnits,
    memoryMiB: task.size.memoryMiB,
    ephemeralStorageGiB: storage?.sizeInGiB ?? defaultStorageGiB(platform),
    platformVersion: platform.platformVersion,
    platformFamily: platform.platformFamily,
    cpuArchitecture: definition.runtimePlatform?.cpuArchitecture ?? 'X86_64',
    launchType: 'FARGATE',
    group: plan.group,
    tags: [...plan.tags],
    enableExecuteCommand: plan.enableExecuteCommand,
    overrides: task.overrides,
    networkConfiguration: plan.networkConfiguration,
    attachmentId: identity.uuid(),
    containers: task.containers.map((container) => newContainer(container, plan, identity)),
    createdAt: plan.createdAt,
  };
  if (plan.runtimeHandler !== undefined) record.runtimeHandler = plan.runtimeHandler;
  if (plan.startedBy !== undefined) record.startedBy = plan.startedBy;
  if (identity.capacityProviderName !== undefined)
    record.capacityProviderName = identity.capacityProviderName;
  return record;
}

function newContainer(
  container: ContainerDefinition,
  { scope, cluster }: TaskPlan,
  { taskId, uuid }: TaskIdentity,
): ContainerRecord {
  const record: ContainerRecord = {
    containerArn: containerArn(scope, cluster.clusterName, taskId, uuid()),
    name: container.name ?? '',
    image: container.image ?? '',
    lastStatus: 'PENDING',
    healthStatus: 'UNKNOWN',
    essential: container.essential ?? true,
    cpu: String(container.cpu ?? 0),
  };
  if (container.memory !== undefined) record.memory = String(container.memory);
  if (container.memoryReservation !== undefined)
    record.memoryReservation = String(container.memoryReservation);
  return record;
}
