/**
 * Which volumes a container sees, and where: its mount points, what volumesFrom lends it, and the VOLUMEs of its image.
 * As with Docker, a mount point beats all at its path, what is lent beats the image's VOLUME (two containers of one
 * image share it so), and the last of several lenders beats the earlier ones.
 */
import type { ContainerDefinition, Volume } from '../ecs/task-definition.ts';
import { AppError } from '../errors.ts';
import type { ImageConfig } from '../oci/types.ts';
import type { AssignedContainer } from './assignment.ts';

/** A directory of the task's own disk. */
export type VolumeSource =
  | { readonly kind: 'task-volume'; readonly name: string }
  | { readonly kind: 'image-volume'; readonly container: string; readonly path: string };

export interface EfsSource {
  readonly kind: 'efs';
  readonly volume: Volume;
}

interface MountOf<Source> {
  readonly destination: string;
  readonly source: Source;
  readonly readOnly: boolean;
  /**
   * Directory of the container's image whose content, owner and mode the volume gets while it is empty. Fargate copies
   * only what the image declares as a VOLUME; other volumes begin empty, root's, 0755.
   */
  readonly copyFrom?: string;
}

export type VolumeMount = MountOf<VolumeSource>;
/** Of a file system that does not lie on the task's disk; never with `copyFrom`. */
export type EfsMount = MountOf<EfsSource>;
type AnyMount = MountOf<VolumeSource | EfsSource>;

/** The VOLUMEs of a container's image, by the container's name. */
export type ImageVolumesOf = (container: string) => readonly string[];

const OTHER_KINDS = [
  'dockerVolumeConfiguration',
  's3filesVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
] as const;

interface Scene {
  readonly containers: readonly AssignedContainer[];
  readonly volumes: readonly Volume[];
  readonly imageVolumesOf: ImageVolumesOf;
}

/**
 * The volumes of a container on the task's disk, parents before what lies in them. `imageVolumesOf` is asked for the
 * container and for all that it takes volumes from. Throws `invalid` in Docker's words for a place that cannot be, and
 * `unimplemented` for volumes of other kinds than bind mounts and EFS.
 */
export function volumeMounts(
  container: AssignedContainer,
  containers: readonly AssignedContainer[],
  volumes: readonly Volume[],
  imageVolumesOf: ImageVolumesOf,
): VolumeMount[] {
  return mountsOf(container, { containers, volumes, imageVolumesOf }).filter(isOnDisk);
}

/** The EFS file systems of a container, parents first. Arguments and errors as for `volumeMounts`. */
export function efsMounts(
  container: AssignedContainer,
  containers: readonly AssignedContainer[],
  volumes: readonly Volume[],
  imageVolumesOf: ImageVolumesOf,
): EfsMount[] {
  const mounts = mountsOf(container, { containers, volumes, imageVolumesOf });
  return mounts.filter((mount): mount is EfsMount => mount.source.kind === 'efs');
}

/** The paths that an image declares as VOLUME. */
export function imageVolumes(image: ImageConfig): string[] {
  return Object.keys(image.config?.Volumes ?? {});
}

function isOnDisk(mount: AnyMount): mount is VolumeMount {
  return mount.source.kind !== 'efs';
}

function mountsOf(container: AssignedContainer, scene: Scene): AnyMount[] {
  const mounts = [...placesOf(container, scene, []).values()];
  return mounts.toSorted((one, other) => depth(one.destination) - depth(other.destination));
}

/** By destination; what is set later beats what is there. `borrowers` are those on whose behalf this is asked. */
function placesOf(
  { definition }: AssignedContainer,
  scene: Scene,
  borrowers: readonly string[],
): Map<string, AnyMount> {
  const { name } = definition;
  const declared = scene.imageVolumesOf(name).map(placeIn);
  const places = new Map<string, AnyMount>();
  for (const path of declared) {
    const source = { kind: 'image-volume', container: name, path } as const;
    places.set(path, { destination: path, source, readOnly: false, copyFrom: path });
  }
  for (const mount of lentTo(definition, scene, [...borrowers, name])) places.set(mount.destination, mount);
  for (const mount of ownMounts(definition, scene, new Set(declared))) places.set(mount.destination, mount);
  return places;
}

/** Filled by its owner, or not at all: the borrower's image has no say. */
function lentTo(
  { volumesFrom = [] }: ContainerDefinition,
  scene: Scene,
  borrowers: readonly string[],
): AnyMount[] {
  return volumesFrom.flatMap(({ sourceContainer, readOnly }) => {
    const lender = scene.containers.find(({ definition }) => definition.name === sourceContainer);
    // Circles are refused at registration; here they only have to end.
    if (lender === undefined || borrowers.includes(lender.definition.name)) return [];
    return [...placesOf(lender, scene, borrowers).values()].map((mount) => ({
      destination: mount.destination,
      source: mount.source,
      readOnly: mount.readOnly || readOnly === true,
    }));
  });
}

function ownMounts(
  { mountPoints = [] }: ContainerDefinition,
  scene: Scene,
  declared: ReadonlySet<string>,
): AnyMount[] {
  const taken = new Set<string>();
  return mountPoints.map(({ sourceVolume, containerPath, readOnly = false }) => {
    const destination = placeIn(containerPath ?? '');
    if (taken.has(destination)) throw new AppError('invalid', `Duplicate mount point: ${destination}`);
    taken.add(destination);
    const volume = scene.volumes.find(({ name }) => name === sourceVolume);
    if (volume === undefined) throw new AppError('invalid', `Unknown volume '${sourceVolume ?? ''}'.`);
    return mountOf(volume, { destination, readOnly }, declared.has(destination));
  });
}

function mountOf(
  volume: Volume,
  place: Pick<AnyMount, 'destination' | 'readOnly'>,
  isDeclared: boolean,
): AnyMount {
  const { name = '', efsVolumeConfiguration } = volume;
  if (efsVolumeConfiguration !== undefined) return { ...place, source: { kind: 'efs', volume } };
  if (volume.configuredAtLaunch === true || OTHER_KINDS.some((kind) => volume[kind] !== undefined)) {
    throw new AppError('unimplemented', `volume '${name}' is of a kind that is not supported`);
  }
  const source = { kind: 'task-volume', name } as const;
  return { ...place, source, ...(isDeclared && { copyFrom: place.destination }) };
}

/** An absolute path without detours. Throws `invalid` for the root, in Docker's words. */
function placeIn(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  if (names.length === 0) throw new AppError('invalid', "invalid specification: destination can't be '/'");
  return `/${names.join('/')}`;
}

function depth(path: string): number {
  return path.split('/').length;
}
