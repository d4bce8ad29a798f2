/** A cluster as the API shows it. */
import type { Cluster, ClusterField } from '@aws-sdk/client-ecs';
import type { ClusterRecord } from '../../../domain/ecs/records.ts';
import type { TaskCounts } from './cluster-store.ts';

const NO_TASKS: TaskCounts = { running: 0, pending: 0, active: 0 };
const ALL_FIELDS: readonly ClusterField[] = ['SETTINGS', 'TAGS', 'CONFIGURATIONS', 'ATTACHMENTS'];

/** Answers of changing operations show every field but statistics. */
export function clusterView(
  record: ClusterRecord,
  counts: TaskCounts = NO_TASKS,
  include: readonly string[] = ALL_FIELDS,
): Cluster {
  const cluster: Cluster = {
    clusterArn: record.clusterArn,
    clusterName: record.clusterName,
    status: record.status,
    registeredContainerInstancesCount: 0,
    runningTasksCount: counts.running,
    pendingTasksCount: counts.pending,
    activeServicesCount: 0,
    statistics: include.includes('STATISTICS') ? statistics(counts) : [],
    tags: include.includes('TAGS') ? record.tags : [],
    settings: include.includes('SETTINGS') ? (record.settings as NonNullable<Cluster['settings']>) : [],
    capacityProviders: record.capacityProviders,
    defaultCapacityProviderStrategy: record.defaultCapacityProviderStrategy,
  };
  if (include.includes('CONFIGURATIONS') && record.configuration !== undefined) {
    cluster.configuration = record.configuration as NonNullable<Cluster['configuration']>;
  }
  if (include.includes('ATTACHMENTS') && record.capacityProviders.length > 0) {
    // Fargate's providers attach nothing, so that an update is complete at once.
    cluster.attachments = [];
    cluster.attachmentsStatus = 'UPDATE_COMPLETE';
  }
  if (record.serviceConnectDefaults !== undefined) {
    cluster.serviceConnectDefaults = record.serviceConnectDefaults;
  }
  return cluster;
}

function statistics({ running, pending }: TaskCounts): { name: string; value: string }[] {
  const values = {
    runningEC2TasksCount: 0,
    runningFargateTasksCount: running,
    pendingEC2TasksCount: 0,
    pendingFargateTasksCount: pending,
    runningExternalTasksCount: 0,
    pendingExternalTasksCount: 0,
    activeEC2ServiceCount: 0,
    activeFargateServiceCount: 0,
    drainingEC2ServiceCount: 0,
    drainingFargateServiceCount: 0,
    activeExternalServiceCount: 0,
    drainingExternalServiceCount: 0,
  };
  return Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));
}
