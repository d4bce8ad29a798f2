/** Which platform version a task runs on, and whether it has what the task needs. */
import { ApiError } from '../../errors.ts';
import { type PlatformVersion, resolvePlatformVersion } from '../platform-version.ts';
import { type FeatureNeeds, requiredFeatures } from '../registration/required-features.ts';
import type { TaskDefinition } from '../task-definition.ts';

export interface PlatformRequest {
  readonly platformVersion: string | undefined;
  /** What LATEST means. */
  readonly platformLatest: string;
  readonly runtimePlatform: TaskDefinition['runtimePlatform'];
}

/** Throws PlatformUnknownException. Windows has versions of its own, none of which exist here. */
export function choosePlatform(request: PlatformRequest): PlatformVersion {
  const isLinux = (request.runtimePlatform?.operatingSystemFamily ?? 'LINUX') === 'LINUX';
  const platform = resolvePlatformVersion(request.platformVersion, request.platformLatest);
  if (platform === undefined || !isLinux) {
    throw new ApiError('PlatformUnknownException', 'The specified platform does not exist.');
  }
  return platform;
}

/** Throws PlatformTaskDefinitionIncompatibilityException. */
export function checkPlatformFits(platform: PlatformVersion, needs: FeatureNeeds): void {
  if (requiredFeatures(needs).every((feature) => platform.features.has(feature))) return;
  throw new ApiError(
    'PlatformTaskDefinitionIncompatibilityException',
    'One or more of the requested capabilities are not supported.',
  );
}
