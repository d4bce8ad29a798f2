/**
 * Which members of a performance record are metrics, in which unit and by which dimensions: the table of Container
 * Insights. A directive says it inside the record (`CloudWatchMetrics`), in the older spelling of the embedded metric
 * format.
 */
import type { InsightsLevel } from './insights-level.ts';

export const INSIGHTS_NAMESPACE = 'ECS/ContainerInsights';

export interface MetricDirective {
  readonly Namespace: string;
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
  /** Names of members of the record. */
  readonly Dimensions: readonly (readonly string[])[];
}

interface MetricRow {
  readonly names: readonly string[];
  readonly unit: string;
  readonly dimensions: readonly (readonly string[])[];
}

const CLUSTER = ['ClusterName'];
const FAMILY = ['ClusterName', 'TaskDefinitionFamily'];
const SERVICE = ['ClusterName', 'ServiceName'];

/** By the family and, where there is one, by the service. */
const by = (...more: readonly string[]): readonly (readonly string[])[] => [
  [...FAMILY, ...more],
  [...SERVICE, ...more],
];

const GROUPED = [CLUSTER, ...by()];
const TO_THE_TASK = [...GROUPED, ...by('TaskId')];
const BY_CONTAINER = [...by('ContainerName'), ...by('TaskId', 'ContainerName')];
const TO_THE_CONTAINER = [CLUSTER, ...BY_CONTAINER];

const USAGE: readonly Omit<MetricRow, 'dimensions'>[] = [
  { names: ['CpuUtilized', 'CpuReserved'], unit: 'None' },
  { names: ['MemoryUtilized', 'MemoryReserved'], unit: 'Megabytes' },
  { names: ['StorageReadBytes', 'StorageWriteBytes'], unit: 'Bytes/Second' },
  { names: ['NetworkRxBytes', 'NetworkTxBytes'], unit: 'Bytes/Second' },
  { names: ['EphemeralStorageReserved', 'EphemeralStorageUtilized'], unit: 'Gigabytes' },
  { names: ['RestartCount'], unit: 'Count' },
];

const TASK: Readonly<Record<InsightsLevel, readonly MetricRow[]>> = {
  enabled: USAGE.map((row) => ({ ...row, dimensions: GROUPED })),
  enhanced: [
    ...USAGE.map((row) => ({ ...row, dimensions: TO_THE_TASK })),
    {
      names: ['TaskCpuUtilization', 'TaskMemoryUtilization', 'TaskEphemeralStorageUtilization'],
      unit: 'Percent',
      dimensions: TO_THE_TASK,
    },
  ],
};

const CONTAINER: Readonly<Record<InsightsLevel, readonly MetricRow[]>> = {
  enabled: [],
  enhanced: [
    { names: ['ContainerCpuUtilized', 'ContainerCpuReserved'], unit: 'None', dimensions: TO_THE_CONTAINER },
    {
      names: ['ContainerMemoryUtilized', 'ContainerMemoryReserved'],
      unit: 'Megabytes',
      dimensions: TO_THE_CONTAINER,
    },
    {
      names: ['ContainerCpuUtilization', 'ContainerMemoryUtilization'],
      unit: 'Percent',
      dimensions: TO_THE_CONTAINER,
    },
    {
      names: ['ContainerStorageReadBytes', 'ContainerStorageWriteBytes'],
      unit: 'Bytes',
      dimensions: TO_THE_CONTAINER,
    },
    { names: ['UnHealthyContainerHealthStatus'], unit: 'Count', dimensions: TO_THE_CONTAINER },
    {
      names: ['ContainerNetworkRxBytes', 'ContainerNetworkTxBytes'],
      unit: 'Bytes/Second',
      dimensions: TO_THE_TASK,
    },
    // By cluster, family and service the task has them.
    { names: ['RestartCount'], unit: 'Count', dimensions: BY_CONTAINER },
  ],
};

const OF_CLUSTER: readonly MetricRow[] = [
  { names: ['TaskCount', 'ContainerInstanceCount', 'ServiceCount'], unit: 'Count', dimensions: [CLUSTER] },
];

const TABLE = {
  Task: TASK,
  Container: CONTAINER,
  Cluster: { enabled: OF_CLUSTER, enhanced: OF_CLUSTER },
} as const;

export type RecordType = keyof typeof TABLE;

/** Of the members that the record has: a directive for each list of dimensions. */
export function directives(
  type: RecordType,
  level: InsightsLevel,
  record: Readonly<Record<string, unknown>>,
): readonly MetricDirective[] {
  const byDimensions = new Map<string, { Name: string; Unit: string }[]>();
  for (const { names, unit, dimensions } of TABLE[type][level]) {
    const key = JSON.stringify(dimensions.filter((set) => set.every((name) => name in record)));
    const metrics = names.filter((name) => name in record).map((Name) => ({ Name, Unit: unit }));
    if (metrics.length > 0) byDimensions.set(key, [...(byDimensions.get(key) ?? []), ...metrics]);
  }
  return [...byDimensions].map(([dimensions, Metrics]) => ({
    Namespace: INSIGHTS_NAMESPACE,
    Metrics,
    Dimensions: JSON.parse(dimensions) as string[][],
  }));
}
