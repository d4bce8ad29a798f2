/** What a step's executor is given. Executors never see the runner; they answer with a change of the facts. */
import type { ExternalServer } from '../file-systems/external-server.ts';
import type { HostLimits } from '../../domain/oci/runtime-spec.ts';
import type { ResolvedUser } from '../../domain/oci/user.ts';
import type { AssignedContainer, TaskAssignment } from '../../domain/task/assignment.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ContainerRuntime } from '../../ports/container-runtime.ts';
import type { FileSystemMounts } from '../../ports/file-system-mounts.ts';
import type { ImageStore, StoredImage } from '../../ports/image-store.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskCgroups } from '../../ports/task-cgroups.ts';
import type { TaskDisks } from '../../ports/task-disks.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { EnvironmentOfFiles } from '../inputs/environment-files.ts';
import type { TaskInputs } from '../inputs/task-inputs.ts';
import type { TaskSecrets } from '../inputs/task-secrets.ts';
import type { TaskVpcs } from '../network/vpc-keeper.ts';
import type { TaskMetadata } from '../metadata/task-metadata.ts';
import type { TaskLogs } from '../logs/task-logs.ts';
import type { TaskVolumes } from '../volumes/task-volumes.ts';
import type { ContainerFacts, FactsChange, TaskFacts } from './facts.ts';
import type { ServiceTrust } from './service-trust.ts';

export interface RunnerSettings {
  readonly host: HostLimits;
  /** How long the runtime may take to create or to start a container. */
  readonly runtimeTimeoutMs: number;
  /** A static init (tini) on this machine, for `initProcessEnabled`. */
  readonly initPath?: string;
  /** What the names of AWS services end in: tells images of ECR. */
  readonly dnsSuffix?: string;
  /** File systems of EFS that others serve. */
  readonly externalFileSystems?: readonly ExternalServer[];
  /** Runtime handler by name; absent: the runtime's default. */
  readonly runtimeHandler?: string;
  /** What containers are told about the AWS services; absent: nothing. */
  readonly serviceTrust?: ServiceTrust;
}

/** The hooks' surroundings, the same for all tasks of an agent. */
export interface StepDeps {
  readonly runtime: ContainerRuntime;
  readonly puller: ImagePuller;
  readonly imageStore: ImageStore;
  readonly network: TaskNetwork;
  readonly vpcs: TaskVpcs;
  readonly disks: TaskDisks;
  readonly cgroups: TaskCgroups;
  readonly logs: TaskLogs;
  readonly inputs: TaskInputs;
  readonly volumes: TaskVolumes;
  readonly metadata: TaskMetadata;
  readonly fileSystems: FileSystemMounts;
  readonly clock: Clock;
  readonly settings: RunnerSettings;
  /** Bounds how many containers are made at the same time on this machine. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
}

/** An image that was pulled for a container, with who it runs as (looked up in the image meanwhile). */
export interface PreparedImage {
  readonly image: StoredImage;
  readonly user: Promise<ResolvedUser>;
}

/** What is not recorded: it is made again after a restart of the agent. */
export interface TaskMemory {
  /** By the container's name. */
  readonly images: Map<string, PreparedImage>;
  secrets?: TaskSecrets;
  environmentFiles?: EnvironmentOfFiles;
}

export interface StepContext {
  readonly deps: StepDeps;
  readonly logger: Logger;
  readonly assignment: TaskAssignment;
  /** As they are now. */
  readonly facts: () => TaskFacts;
  /** Records progress in the middle of a step. */
  readonly change: (change: FactsChange) => void;
  /** Waits until all facts so far are on disk. */
  readonly recorded: () => Promise<void>;
  /** Resolves when the container's process has ended. */
  readonly exited: (name: string) => Promise<void>;
  readonly memory: TaskMemory;
  /** Fires when the step's outcome is no longer wanted. */
  readonly signal: AbortSignal;
}

/** A step of one container: its facts and its definition. */
export interface ContainerContext extends StepContext {
  readonly container: AssignedContainer;
  readonly name: string;
  readonly containerFacts: () => ContainerFacts;
}

export type Executor = (context: ContainerContext) => Promise<FactsChange>;
