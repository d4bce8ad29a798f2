/** What a definition, or the request that runs it, needs of the platform version. */
import type { PlatformFeature } from '../platform-version.ts';
import type { ContainerDefinition, TaskDefinition, TaskOverride } from '../task-definition.ts';
import { isLargeSize, type TaskSize } from '../task-size.ts';

/** `<arn of the secret>:<json key>:<version stage>:<version id>` */
const SECRET_PART = /^arn:aws[a-z-]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+:/;

export interface FeatureNeeds {
  readonly definition: Pick<
    TaskDefinition,
    | 'containerDefinitions'
    | 'volumes'
    | 'pidMode'
    | 'ephemeralStorage'
    | 'runtimePlatform'
    | 'enableFaultInjection'
  >;
  readonly overrides: TaskOverride;
  readonly size: TaskSize;
  readonly enableExecuteCommand: boolean;
}

/** In alphabetical order. */
export function requiredFeatures(needs: FeatureNeeds): PlatformFeature[] {
  const { definition, overrides, size, enableExecuteCommand } = needs;
  const { containerDefinitions: containers, volumes } = definition;
  const needed: Record<PlatformFeature, boolean> = {
    arm64: definition.runtimePlatform?.cpuArchitecture === 'ARM64',
    'efs-volumes': volumes.some(({ efsVolumeConfiguration }) => efsVolumeConfiguration !== undefined),
    'environment-files': [...containers, ...(overrides.containerOverrides ?? [])].some(
      ({ environmentFiles }) => (environmentFiles ?? []).length > 0,
    ),
    'ephemeral-storage-size': (overrides.ephemeralStorage ?? definition.ephemeralStorage) !== undefined,
    'execute-command': enableExecuteCommand,
    'fault-injection': definition.enableFaultInjection === true,
    'large-sizes': isLargeSize(size),
    'restart-policy': containers.some(({ restartPolicy }) => restartPolicy?.enabled === true),
    'secret-versions': containers.some(usesSecretPart),
    'sys-ptrace': containers.some(({ linuxParameters }) => {
      return linuxParameters?.capabilities?.add?.includes('SYS_PTRACE') ?? false;
    }),
    'system-controls': containers.some(({ systemControls }) => (systemControls ?? []).length > 0),
    'task-pid-mode': definition.pidMode === 'task',
  };
  return (Object.keys(needed) as PlatformFeature[]).filter((feature) => needed[feature]);
}

function usesSecretPart({ secrets, logConfiguration }: ContainerDefinition): boolean {
  return [...(secrets ?? []), ...(logConfiguration?.secretOptions ?? [])].some(({ valueFrom }) => {
    return SECRET_PART.test(valueFrom ?? '');
  });
}
