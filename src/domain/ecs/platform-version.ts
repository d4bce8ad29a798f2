/**
 * What one Fargate platform version is, as data. Code asks the record what a task may do and how it looks;
 * nothing compares version numbers. `LATEST` is not here: which version it means is a setting.
 */

/** What a task definition or a request may need of its platform. */
export const PLATFORM_FEATURES = [
  'efs-volumes',
  'sys-ptrace',
  'task-pid-mode',
  'system-controls',
  'environment-files',
  'secret-versions',
  'ephemeral-storage-size',
  'large-sizes',
  'execute-command',
] as const;
export type PlatformFeature = (typeof PLATFORM_FEATURES)[number];

/** One pool for everything, or one for image layers and one for volumes. */
export type PlatformDisk =
  | { readonly layout: 'one-pool'; readonly defaultGiB: number }
  | { readonly layout: 'two-pools'; readonly layersGiB: number; readonly volumesGiB: number };

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
  };
  /** Which of the platform's own requests leave through the task's interface. */
  readonly throughTaskInterface: {
    readonly registryLogin: boolean;
    readonly imagePull: boolean;
    readonly secrets: boolean;
    readonly logs: boolean;
  };
  /** Container Insights has network and storage figures. */
  readonly insightsNetworkMetrics: boolean;
  readonly defaultNofile: { readonly softLimit: number; readonly hardLimit: number };
  /** The names of failures that differ between versions. */
  readonly errorNames: {
    readonly runtimeTimeout: string;
    readonly resourceInitialization: string;
    readonly volumeCreation: string;
    readonly runtime: string;
    readonly internal: string;
  };
}

const VERSION_1_3_0: PlatformVersion = {
  platformVersion: '1.3.0',
  platformFamily: 'Linux',
  // AWS's sources disagree on SYS_PTRACE here; the API model, which says 1.4.0 only, is followed.
  features: new Set(),
  disk: { layout: 'two-pools', layersGiB: 10, volumesGiB: 4 },
  mtu: 1500,
  metadata: { versions: ['v2', 'v3'], availabilityZone: false, networkStatistics: false },
  throughTaskInterface: { registryLogin: false, imagePull: true, secrets: false, logs: true },
  insightsNetworkMetrics: false,
  defaultNofile: { softLimit: 1024, hardLimit: 4096 },
  errorNames: {
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
  metadata: { versions: ['v2', 'v3', 'v4'], availabilityZone: true, networkStatistics: true },
  throughTaskInterface: { registryLogin: true, imagePull: true, secrets: true, logs: true },
  insightsNetworkMetrics: true,
  defaultNofile: { softLimit: 65_535, hardLimit: 65_535 },
  errorNames: {
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

/** Size of a task's disk when nobody asks for another. */
export function defaultStorageGiB({ disk }: PlatformVersion): number {
  return disk.layout === 'one-pool' ? disk.defaultGiB : disk.layersGiB + disk.volumesGiB;
}
