/**
 * What the store keeps for ECS. Members that the API also has carry AWS's names; times are epoch milliseconds.
 * services/ecs turns these into answers, control/ moves tasks through their life.
 */
import type { StopCode, TaskStatus, DesiredStatus, HealthStatus } from '../task/lifecycle.ts';
import type {
  TaskDefinition,
  Tag,
  TaskOverride,
  NetworkConfiguration,
  CapacityProviderStrategyItem,
} from './task-definition.ts';

export interface ClusterRecord {
  clusterName: string;
  clusterArn: string;
  status: 'ACTIVE' | 'INACTIVE';
  settings: { name: string; value: string }[];
  capacityProviders: string[];
  defaultCapacityProviderStrategy: CapacityProviderStrategyItem[];
  tags: Tag[];
  /** ClusterConfiguration as the caller gave it (AWS shape). */
  configuration?: unknown;
  serviceConnectDefaults?: { namespace: string };
  createdAt: number;
  /** When it became INACTIVE; it is forgotten some time after. */
  deletedAt?: number;
}

/** One a family; `lastRevision` never goes back, so that a number is never used twice. */
export interface FamilyRecord {
  family: string;
  lastRevision: number;
  /** The newest ACTIVE revision; 0 when there is none, and the family is INACTIVE. */
  activeRevision: number;
}

export interface TaskDefinitionRecord {
  taskDefinition: TaskDefinition;
  tags: Tag[];
}

/** What was answered to a clientToken; `requestHash` tells a retry from another request. */
export interface IdempotencyRecord {
  requestHash: string;
  taskIds: string[];
  createdAt: number;
  expiresAt: number;
}

export interface AccountSettingRecord {
  name: string;
  value: string;
  principalArn: string;
}

/** The interface that a task was given. Absent until placement. */
export interface TaskEni {
  attachmentId: string;
  /** ElasticNetworkInterface attachment status as DescribeTasks shows it. */
  attachmentStatus: 'PRECREATED' | 'ATTACHING' | 'ATTACHED' | 'DETACHING' | 'DELETED' | 'FAILED';
  eniId: string;
  subnetId: string;
  availabilityZone: string;
  macAddress: string;
  privateIpv4Address: string;
  /** Empty where the VPC gives no names. */
  privateDnsName: string;
}

export interface ContainerRecord {
  containerArn: string;
  name: string;
  image: string;
  imageDigest?: string;
  runtimeId?: string;
  lastStatus: TaskStatus;
  exitCode?: number;
  reason?: string;
  healthStatus: HealthStatus;
  essential: boolean;
  /** As text, the way the API shows them: "0" when the definition has none. */
  cpu: string;
  memory?: string;
  memoryReservation?: string;
}

export interface TaskRecord {
  account: string;
  region: string;
  taskId: string;
  taskArn: string;
  clusterName: string;
  clusterArn: string;
  taskDefinitionArn: string;
  /** Rises by one with each change that a user can see. */
  version: number;
  desiredStatus: DesiredStatus;
  lastStatus: TaskStatus;
  healthStatus: HealthStatus;
  stopCode?: StopCode;
  stoppedReason?: string;
  cpuUnits: number;
  memoryMiB: number;
  ephemeralStorageGiB: number;
  platformVersion: string;
  platformFamily: string;
  /** CPU architecture that the definition asks for: X86_64 or ARM64. */
  cpuArchitecture: string;
  /** The runtime that its tags ask for; absent means the default. */
  runtimeHandler?: string;
  /** The account setting `defaultLogDriverMode` as it was; absent means non-blocking. */
  defaultLogMode?: 'blocking';
  /** Exactly one of these two says how the task was asked for. */
  launchType: 'FARGATE';
  capacityProviderName?: string;
  group: string;
  startedBy?: string;
  tags: Tag[];
  enableExecuteCommand: boolean;
  overrides: TaskOverride;
  networkConfiguration: NetworkConfiguration;
  /** UUID of the interface's attachment, known before the interface is. */
  attachmentId: string;
  eni?: TaskEni;
  containers: ContainerRecord[];
  /** Set by placement: where the task runs. */
  machineId?: string;
  connectivity?: 'CONNECTED' | 'DISCONNECTED';
  connectivityAt?: number;
  createdAt: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
}
