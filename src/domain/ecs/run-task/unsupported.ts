/**
 * What AWS has and Neargate does not: a request that needs it is refused, as AWS refuses what a Region lacks, rather
 * than run without it.
 */
import { ApiError } from '../../errors.ts';
import type { TaskDefinition } from '../task-definition.ts';

export interface VolumeRequest {
  readonly name: string | undefined;
}

/** Volumes that RunTask brings along, each for a volume of the definition. Throws for one that has no place. */
export function checkVolumeConfigurations(
  requested: readonly VolumeRequest[],
  { volumes }: Pick<TaskDefinition, 'volumes'>,
): void {
  const stray = requested.find(({ name }) => {
    return !volumes.some((volume) => volume.name === name && volume.configuredAtLaunch === true);
  });
  if (stray === undefined) return;
  throw new ApiError(
    'InvalidParameterException',
    `The volume name '${stray.name}' in your request does not have a matching volume in your Task Definition that is configurable at launch.`,
  );
}

/** Throws UnsupportedFeatureException for EBS volumes, S3 Files and Active Directory. */
export function checkSupported({ volumes, containerDefinitions }: TaskDefinition): void {
  const isForeign =
    volumes.some((volume) => {
      return volume.configuredAtLaunch === true || volume.s3filesVolumeConfiguration !== undefined;
    }) || containerDefinitions.some(({ credentialSpecs }) => (credentialSpecs ?? []).length > 0);
  if (!isForeign) return;
  throw new ApiError(
    'UnsupportedFeatureException',
    'The specified task feature is not supported in this region.',
  );
}
