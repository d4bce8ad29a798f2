/**
 * A task definition in the words of the ECS API: member names and units are AWS's own, as the SDK's types have
 * them, so that a definition is stored, shown and handed to the agent in one form. `cpu` and `memory` of the task
 * are integer strings (CPU units, MiB) after registration; of a container numbers (CPU units, MiB).
 */
export interface Tag {
  key?: string | undefined;
  value?: string | undefined;
}
export interface KeyValuePair {
  name?: string | undefined;
  value?: string | undefined;
}
export interface Secret {
  name: string | undefined;
  valueFrom: string | undefined;
}
export interface EnvironmentFile {
  value: string | undefined;
  type: string | undefined;
}
export interface PortMapping {
  containerPort?: number | undefined;
  hostPort?: number | undefined;
  protocol?: string | undefined;
  name?: string | undefined;
  appProtocol?: string | undefined;
  containerPortRange?: string | undefined;
}
export interface MountPoint {
  sourceVolume?: string | undefined;
  containerPath?: string | undefined;
  readOnly?: boolean | undefined;
}
export interface VolumeFrom {
  sourceContainer?: string | undefined;
  readOnly?: boolean | undefined;
}
export interface ContainerDependency {
  containerName: string | undefined;
  condition: string | undefined;
}
export interface HealthCheck {
  command: string[] | undefined;
  interval?: number | undefined;
  timeout?: number | undefined;
  retries?: number | undefined;
  startPeriod?: number | undefined;
}
export interface LogConfiguration {
  logDriver: string | undefined;
  options?: Record<string, string> | undefined;
  secretOptions?: Secret[] | undefined;
}
export interface Ulimit {
  name: string | undefined;
  softLimit: number | undefined;
  hardLimit: number | undefined;
}
export interface SystemControl {
  namespace?: string | undefined;
  value?: string | undefined;
}
export interface ResourceRequirement {
  value?: string | undefined;
  type: string | undefined;
}
export interface LinuxParameters {
  capabilities?: { add?: string[] | undefined; drop?: string[] | undefined } | undefined;
  devices?: unknown[] | undefined;
  initProcessEnabled?: boolean | undefined;
  sharedMemorySize?: number | undefined;
  tmpfs?: unknown[] | undefined;
  maxSwap?: number | undefined;
  swappiness?: number | undefined;
}
export interface ContainerRestartPolicy {
  enabled: boolean | undefined;
  ignoredExitCodes?: number[] | undefined;
  restartAttemptPeriod?: number | undefined;
}
export interface ContainerDefinition {
  name?: string | undefined;
  image?: string | undefined;
  repositoryCredentials?: { credentialsParameter: string | undefined } | undefined;
  cpu?: number | undefined;
  memory?: number | undefined;
  memoryReservation?: number | undefined;
  links?: string[] | undefined;
  portMappings?: PortMapping[] | undefined;
  essential?: boolean | undefined;
  restartPolicy?: ContainerRestartPolicy | undefined;
  entryPoint?: string[] | undefined;
  command?: string[] | undefined;
  environment?: KeyValuePair[] | undefined;
  environmentFiles?: EnvironmentFile[] | undefined;
  mountPoints?: MountPoint[] | undefined;
  volumesFrom?: VolumeFrom[] | undefined;
  linuxParameters?: LinuxParameters | undefined;
  secrets?: Secret[] | undefined;
  dependsOn?: ContainerDependency[] | undefined;
  startTimeout?: number | undefined;
  stopTimeout?: number | undefined;
  versionConsistency?: string | undefined;
  hostname?: string | undefined;
  user?: string | undefined;
  workingDirectory?: string | undefined;
  disableNetworking?: boolean | undefined;
  privileged?: boolean | undefined;
  readonlyRootFilesystem?: boolean | undefined;
  dnsServers?: string[] | undefined;
  dnsSearchDomains?: string[] | undefined;
  extraHosts?: { hostname: string | undefined; ipAddress: string | undefined }[] | undefined;
  dockerSecurityOptions?: string[] | undefined;
  interactive?: boolean | undefined;
  pseudoTerminal?: boolean | undefined;
  dockerLabels?: Record<string, string> | undefined;
  ulimits?: Ulimit[] | undefined;
  logConfiguration?: LogConfiguration | undefined;
  healthCheck?: HealthCheck | undefined;
  systemControls?: SystemControl[] | undefined;
  resourceRequirements?: ResourceRequirement[] | undefined;
  firelensConfiguration?:
    | { type: string | undefined; options?: Record<string, string> | undefined }
    | undefined;
  credentialSpecs?: string[] | undefined;
}
export interface EfsVolumeConfiguration {
  fileSystemId: string | undefined;
  rootDirectory?: string | undefined;
  transitEncryption?: string | undefined;
  transitEncryptionPort?: number | undefined;
  authorizationConfig?: { accessPointId?: string | undefined; iam?: string | undefined } | undefined;
}
export interface Volume {
  name?: string | undefined;
  host?: { sourcePath?: string | undefined } | undefined;
  dockerVolumeConfiguration?: unknown;
  efsVolumeConfiguration?: EfsVolumeConfiguration | undefined;
  s3filesVolumeConfiguration?: unknown;
  fsxWindowsFileServerVolumeConfiguration?: unknown;
  configuredAtLaunch?: boolean | undefined;
}
export interface ProxyConfiguration {
  type?: string | undefined;
  containerName: string | undefined;
  properties?: KeyValuePair[] | undefined;
}
export interface TaskDefinition {
  taskDefinitionArn: string;
  family: string;
  revision: number;
  status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  containerDefinitions: ContainerDefinition[];
  volumes: Volume[];
  networkMode?: string | undefined;
  taskRoleArn?: string | undefined;
  executionRoleArn?: string | undefined;
  requiresAttributes?: { name: string; value?: string }[] | undefined;
  placementConstraints: unknown[];
  compatibilities: string[];
  requiresCompatibilities?: string[] | undefined;
  runtimePlatform?:
    | { cpuArchitecture?: string | undefined; operatingSystemFamily?: string | undefined }
    | undefined;
  cpu?: string | undefined;
  memory?: string | undefined;
  pidMode?: string | undefined;
  ipcMode?: string | undefined;
  proxyConfiguration?: ProxyConfiguration | undefined;
  inferenceAccelerators?: unknown[] | undefined;
  ephemeralStorage?: { sizeInGiB: number | undefined } | undefined;
  enableFaultInjection?: boolean | undefined;
  /** Epoch milliseconds. */
  registeredAt: number;
  deregisteredAt?: number | undefined;
  deleteRequestedAt?: number | undefined;
  registeredBy?: string | undefined;
}
/** What RegisterTaskDefinition is given, less its tags. */
export interface TaskDefinitionInput {
  family: string | undefined;
  containerDefinitions: ContainerDefinition[] | undefined;
  volumes?: Volume[] | undefined;
  networkMode?: string | undefined;
  taskRoleArn?: string | undefined;
  executionRoleArn?: string | undefined;
  placementConstraints?: unknown[] | undefined;
  requiresCompatibilities?: string[] | undefined;
  runtimePlatform?: TaskDefinition['runtimePlatform'];
  cpu?: string | undefined;
  memory?: string | undefined;
  pidMode?: string | undefined;
  ipcMode?: string | undefined;
  proxyConfiguration?: ProxyConfiguration | undefined;
  inferenceAccelerators?: unknown[] | undefined;
  ephemeralStorage?: { sizeInGiB: number | undefined } | undefined;
  enableFaultInjection?: boolean | undefined;
}
export interface ContainerOverride {
  name?: string | undefined;
  command?: string[] | undefined;
  environment?: KeyValuePair[] | undefined;
  environmentFiles?: EnvironmentFile[] | undefined;
  cpu?: number | undefined;
  memory?: number | undefined;
  memoryReservation?: number | undefined;
  resourceRequirements?: ResourceRequirement[] | undefined;
}
export interface TaskOverride {
  containerOverrides?: ContainerOverride[] | undefined;
  cpu?: string | undefined;
  memory?: string | undefined;
  executionRoleArn?: string | undefined;
  taskRoleArn?: string | undefined;
  ephemeralStorage?: { sizeInGiB: number | undefined } | undefined;
  inferenceAcceleratorOverrides?: unknown[] | undefined;
}
export interface NetworkConfiguration {
  subnets: string[];
  securityGroups: string[];
  assignPublicIp: 'ENABLED' | 'DISABLED';
}
export interface CapacityProviderStrategyItem {
  capacityProvider: string;
  weight: number;
  base: number;
}
