/** The volumes of a container as binds of its spec: made and filled on the task's disk where they are not yet. */
import { AppError, toAppError } from '../../domain/errors.ts';
import type { Mount } from '../../domain/oci/types.ts';
import { volumeMounts } from '../../domain/task/volume-mounts.ts';
import { VOLUMES_FAILED } from './failure.ts';
import type { ContainerContext, PreparedImage } from './step-context.ts';

/** May be repeated. Errors are marked as those of volumes. */
export async function volumeBinds(
  { assignment, container, deps, facts }: ContainerContext,
  { image }: PreparedImage,
  diskPath: string,
): Promise<Mount[]> {
  const imageVolumesOf = (name: string): readonly string[] =>
    facts().containers.find((one) => one.name === name)?.imageVolumes ?? [];
  try {
    const mounts = volumeMounts(container, assignment.containers, assignment.volumes, imageVolumesOf);
    return await deps.volumes.prepare(diskPath, image, mounts);
  } catch (error) {
    const { kind, message, details } = toAppError(error);
    const words = details['errno'] === 'ENOSPC' ? 'no space left on device' : message;
    throw new AppError(kind, words, { cause: error, details: { failed: VOLUMES_FAILED } });
  }
}
