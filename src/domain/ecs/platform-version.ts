/**
 * What one Fargate platform version is, as data. Code asks the record what a task may do and how it looks;
 * nothing compares version numbers. `LATEST` is not here: which version it means is a setting.
 */

/** What a task definition or a request may need of its platform, and not every version has. */
export const PLATFORM_FEATURES = [
  'arm64',
  'efs-volumes',
  'environment-files',
  'ephemeral-storage-size',
  'execute-command',
  'fault-injection',
  'large-sizes',
  'restart-policy',
  'secret-versions',
  'sys-ptrace',
  'system-controls',
  'task-pid-mode',
] as const;
export type PlatformFeature = (typeof PLATFORM_FEATURES)[number];

/** One pool for everything, or one for image layers and one for volumes. */
export type PlatformDisk =
  | { readonly layout: 'one-pool'; readonly defaultGiB: number }
  | { readonly layout: 'two-pools'; readonly layersGiB: number; readonly volumesGiB: number };

/** What goes wrong, by the prefixes that reasons have: `<prefix>: <message>`. */
export interface PlatformErrorNames {
  readonly pull: string;
  readonly create: string;
  readonly start: string;
  readonly stop: string;
  readonly inspect: string;
  readonly outOfMemory: string;
  /** The runtime did not answer in time. */
  readonly runtimeTimeout: string;
  /** Secrets, logs, environment files, volumes of EFS: all that comes before a container is made. */
  readonly resourceInitialization: string;
  readonly volumeCreation: string;
  readonly runtime: string;
  /** A fault of the agent's own. */
  readonly internal: string;
}

export interface PlatformVersion {
  readonly platformVersion: string;
  readonly platformFamily: 'Linux';
  readonly features: ReadonlySet<PlatformFeature>;
  readonly disk: PlatformDisk;
  /** MTU of the task's interface. */
  readonly mtu: number;
  readonly metadata: {
    readonly versions: readonly ('v2' | 'v3' | 'v4')[];
    readonly availabilityZone: boolean;
    readonly networkStatistics: boolean;
    /** LaunchType, ContainerARN, LogDriver and LogOptions. */
    readonly launchDetails: boolean;
    /** EphemeralStorageMetrics, also among the figures of Container Insights. */
    readonly storageStatistics: boolean;
  };
  /** Which of the platform's own requests leave through the task's interface. */
  readonly throughTaskInterface: {
    readonly registryLogin: boolean;
    readonly imagePull: boolean;
    readonly secrets: boolean;
    readonly logs: boolean;
  };
  /** Container Insights has network figures. */
  readonly insightsNetworkMetrics: boolean;
  readonly defaultNofile: { readonly softLimit: number; readonly hardLimit: number };
  readonly errorNames: PlatformErrorNames;
}

/** The names that all versions have. */
const COMMON_ERROR_NAMES = {
  pull: 'CannotPullContainerError',
  create: 'CannotCreateContainerError',
  start: 'CannotStartContainerError',
  stop: 'CannotStopContainerError',
  inspect: 'CannotInspectContainerError',
  outOfMemory: 'OutOfMemoryError',
} as const;

const VERSION_1_3_0: PlatformVersion = {
  platformVersion: '1.3.0',
  platformFamily: 'Linux',
  // AWS's sources disagree on SYS_PTRACE here; the API model, which says 1.4.0 only, is followed.
  features: new Set(),
  disk: { layout: 'two-pools', layersGiB: 10, volumesGiB: 4 },
  mtu: 1500,
  metadata: {
    versions: ['v2', 'v3'],
    availabilityZone: false,
    networkStatistics: false,
    launchDetails: false,
    storageStatistics: false,
  },
  throughTaskInterface: { registryLogin: false, imagePull: true, secrets: false, logs: true },
  insightsNetworkMetrics: false,
  defaultNofile: { softLimit: 1024, hardLimit: 4096 },
  // It has no names of its own for what came with 1.4.0: the container could not be made, or not be started.
  errorNames: {
    ...COMMON_ERROR_NAMES,
    runtimeTimeout: 'DockerTimeoutError',
    resourceInitialization: 'CannotCreateContainerError',
    volumeCreation: 'CannotCreateContainerError',
    runtime: 'CannotCreateContainerError',
    internal: 'CannotStartContainerError',
  },
};

const VERSION_1_4_0: PlatformVersion = {
  platformVersion: '1.4.0',
  platformFamily: 'Linux',
  features: new Set(PLATFORM_FEATURES),
  disk: { layout: 'one-pool', defaultGiB: 20 },
  mtu: 9001,
  metadata: {
    versions: ['v2', 'v3', 'v4'],
    availabilityZone: true,
    networkStatistics: true,
    launchDetails: true,
    storageStatistics: true,
  },
  throughTaskInterface: { registryLogin: true, imagePull: true, secrets: true, logs: true },
  insightsNetworkMetrics: true,
  defaultNofile: { softLimit: 65_535, hardLimit: 65_535 },
  errorNames: {
    ...COMMON_ERROR_NAMES,
    runtimeTimeout: 'ContainerRuntimeTimeoutError',
    resourceInitialization: 'ResourceInitializationError',
    volumeCreation: 'CannotCreateVolumeError',
    runtime: 'ContainerRuntimeError',
    internal: 'InternalError',
  },
};

export const PLATFORM_VERSIONS: readonly PlatformVersion[] = [VERSION_1_3_0, VERSION_1_4_0];

/** The version with exactly this number, or undefined. */
export function findPlatformVersion(platformVersion: string): PlatformVersion | undefined {
  return PLATFORM_VERSIONS.find((version) => version.platformVersion === platformVersion);
}

/** The version with exactly this number, which a record holds and so exists. Throws RangeError otherwise. */
export function platformVersion(number: string): PlatformVersion {
  const found = findPlatformVersion(number);
  if (found === undefined) throw new RangeError(`no platform version ${number}`);
  return found;
}

/** What a request's `platformVersion` means: a number, `LATEST`, or nothing for LATEST; undefined when unknown. */
export function resolvePlatformVersion(
  requested: string | undefined,
  latest: string,
): PlatformVersion | undefined {
  const asked = requested === undefined || requested === '' || requested === 'LATEST' ? latest : requested;
  return findPlatformVersion(asked);
}

/** What a task's disk consists of: a file system for all, or one for layers and one for volumes. */
export interface StoragePools {
  readonly sizeGiB: number;
  readonly volumesGiB?: number;
}

/** The pools of a task's disk; `sizeGiB` is what it was asked for or has by default. */
export function storagePools({ disk }: PlatformVersion, sizeGiB: number): StoragePools {
  return disk.layout === 'one-pool' ? { sizeGiB } : { sizeGiB: disk.layersGiB, volumesGiB: disk.volumesGiB };
}

/** Size of a task's disk when nobody asks for another. */
export function defaultStorageGiB({ disk }: PlatformVersion): number {
  return disk.layout === 'one-pool' ? disk.defaultGiB : disk.layersGiB + disk.volumesGiB;
}
