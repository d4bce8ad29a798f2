/**
 * What the control plane hands to an agent, and what the agent says back. Both are whole pictures, not changes:
 * repeating one, or losing all but the last, ends in the same state.
 */
import type { ContainerDefinition, Volume } from '../ecs/task-definition.ts';
import type { PolicyDocument } from '../iam/policy-document.ts';
import type { VpcSpec } from '../network/vpc.ts';
import type { DesiredStatus, HealthStatus, StopReason, TaskStatus } from './lifecycle.ts';

/** The task's network interface, fully decided by the control plane. */
export interface EniSpec {
  readonly eniId: string;
  readonly attachmentId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly subnetId: string;
  /** E.g. `172.31.16.0/20`. */
  readonly subnetCidr: string;
  readonly gatewayIpv4Address: string;
  readonly mtu: number;
  /** `ip-172-31-16-5.<region>.compute.internal`; a name without meaning where the VPC gives none. The task's hostname. */
  readonly privateDnsName: string;
  readonly dnsServers: readonly string[];
  readonly dnsSearchDomains: readonly string[];
  /** One to five, all of the VPC. */
  readonly securityGroups: readonly string[];
  /** With `assignPublicIp`: the address that it has beyond the internet gateway. */
  readonly publicIpv4Address?: string;
  /** The way from the host is the picture's business. */
  readonly vpc: VpcSpec;
}

/** A container as it is to run: the definition with RunTask's overrides already applied. */
export interface AssignedContainer {
  readonly containerArn: string;
  readonly definition: ContainerDefinition & { name: string; image: string; essential: boolean };
}

export interface TaskAssignment {
  readonly taskId: string;
  readonly taskArn: string;
  readonly clusterArn: string;
  readonly clusterName: string;
  readonly account: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly family: string;
  readonly revision: number;
  readonly platformVersion: string;
  readonly cpuArchitecture: string;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly ephemeralStorageGiB: number;
  readonly pidMode?: string;
  /** Absent: false. */
  readonly enableFaultInjection?: boolean;
  /** Of containers whose log configuration has no mode; absent: `non-blocking`. */
  readonly defaultLogMode?: 'blocking' | 'non-blocking';
  /** Whose permissions the containers have; RunTask's override wins over the definition's. */
  readonly taskRoleArn?: string;
  /** With volumes that ask as the task role: what its policies say of that. Absent: they are not asked. */
  readonly fileSystemPolicy?: PolicyDocument;
  /** The same of the role's permissions boundary, where it has one. */
  readonly fileSystemBoundary?: PolicyDocument;
  /** Whose permissions the agent has for the task: pulls, secrets, logs. RunTask's override wins. */
  readonly executionRoleArn?: string;
  /** The runtime that the task was asked to run on; absent means the machine's default. */
  readonly runtimeHandler?: string;
  readonly eni: EniSpec;
  readonly containers: readonly AssignedContainer[];
  readonly volumes: readonly Volume[];
  readonly createdAt: number;
}

/** An assignment with what is wanted of it now. `stop` is set once desiredStatus is STOPPED. */
export interface DesiredTask {
  readonly assignment: TaskAssignment;
  readonly desiredStatus: DesiredStatus;
  readonly stop?: StopReason;
}

/** Short-lived keys by which the agent acts for a task (execution role). Never stored, never logged. */
export interface TaskCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface ContainerReport {
  readonly name: string;
  /** PENDING, RUNNING or STOPPED. */
  readonly status: TaskStatus;
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  /** `ErrorName: message`, at most 1024 characters. */
  readonly reason?: string;
  readonly healthStatus: HealthStatus;
  /** By its restart policy. */
  readonly restartCount?: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
}

/** What the agent knows of one task, whole. Times are epoch milliseconds by the agent's clock. */
export interface TaskReport {
  readonly taskId: string;
  readonly status: TaskStatus;
  readonly stop?: StopReason;
  readonly eniAttached: boolean;
  readonly eniDetached: boolean;
  /** Of the essential containers that have a health check. */
  readonly healthStatus: HealthStatus;
  readonly containers: readonly ContainerReport[];
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly startedAt?: number;
  readonly stoppingAt?: number;
  readonly executionStoppedAt?: number;
  readonly stoppedAt?: number;
}
