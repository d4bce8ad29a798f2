/** The volumes of a container as binds of its spec: made and filled where they are not yet. */
import { AppError, toAppError } from '../../domain/errors.ts';
import type { Mount } from '../../domain/oci/types.ts';
import { type EfsMount, efsMounts, volumeMounts } from '../../domain/task/volume-mounts.ts';
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
    const scene = [container, assignment.containers, assignment.volumes, imageVolumesOf] as const;
    const onDisk = await deps.volumes.prepare(volumesPath, image, volumeMounts(...scene));
    const onEfs = efsMounts(...scene).map((mount) => efsBind(mount, facts().fileSystemPaths ?? {}));
    return [...onDisk, ...onEfs].toSorted((one, other) => depth(one) - depth(other));
  } catch (error) {
    const { kind, message, details } = toAppError(error);
    const marked = { cause: error, details: { failed: VOLUMES_FAILED } };
    if (details['errno'] === 'ENOSPC' || (error as NodeJS.ErrnoException).code === 'ENOSPC') {
      throw new AppError('failed-precondition', 'no space left on device', marked);
    }
    throw new AppError(kind, message, marked);
  }
}

function efsBind(
  { destination, source, readOnly }: EfsMount,
  paths: Readonly<Record<string, string>>,
): Mount {
  const { name = '' } = source.volume;
  const path = paths[name];
  if (path === undefined)
    throw new AppError('internal', `volume '${name}' was to be used before it was mounted`);
  return { destination, type: 'bind', source: path, options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'] };
}

/** What lies in another comes after it. */
function depth({ destination }: Mount): number {
  return destination.split('/').length;
}
