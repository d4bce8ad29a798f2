/** The volumes of a container as binds of its spec: made and filled where they are not yet. */
import { AppError, toAppError } from '../../domain/errors.ts';
import type { Mount } from '../../domain/oci/types.ts';
import { volumeMounts } from '../../domain/task/volume-mounts.ts';
import { VOLUMES_FAILED } from './failure.ts';
import type { ContainerContext, PreparedImage } from './step-context.ts';

/** May be repeated. Errors are marked as those of volumes. */
export async function volumeBinds(
  { assignment, container, deps, facts }: ContainerContext,
  { image }: PreparedImage,
  volumesPath: string,
): Promise<Mount[]> {
  const imageVolumesOf = (name: string): readonly string[] =>
    facts().containers.find((one) => one.name === name)?.imageVolumes ?? [];
  try {
    const mounts = volumeMounts(container, assignment.containers, assignment.volumes, imageVolumesOf);
    return await deps.volumes.prepare(volumesPath, image, mounts);
  } catch (error) {
    const { kind, message, details } = toAppError(error);
    const marked = { cause: error, details: { failed: VOLUMES_FAILED } };
    if (details['errno'] === 'ENOSPC' || (error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new AppError('failed-precondition', 'no space left on device', marked);
    }
    throw new AppError(kind, message, marked);
  }
}
