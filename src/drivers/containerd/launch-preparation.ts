/** What a container's first process needs before it is made: files, places, and where its mounts are to be made. */
import type { Mount, RuntimeSpec } from '../../domain/oci/types.ts';
import type { Launch } from './container-record.ts';
import { type SortedMounts, sortMounts } from './mounts/mount-destinations.ts';
import { ensureMountPlaces } from './mounts/mount-places.ts';
import { mountsByHook, withMountHook } from './mounts/nested-mounts.ts';
import { forgetVolatileMount } from './mounts/rootfs-mount.ts';
import { prepareStdio } from './process-io.ts';

/** The spec is that of the container, as it was for the last time; `isRunc`: it is runc that makes its mounts. */
export interface Unprepared {
  readonly launch: Launch;
  readonly spec: RuntimeSpec;
  readonly isRunc: boolean;
}

export class LaunchPreparation {
  readonly #mountProgram: readonly string[];

  /** `mountProgram` starts mounts/nested-mount-program.ts: an executable and its first arguments. */
  constructor(mountProgram: readonly string[]) {
    this.#mountProgram = mountProgram;
  }

  /** For the first time. Resolves with the spec to make it by; throws `invalid` for mounts that cannot be. */
  async prepare(unprepared: Unprepared): Promise<RuntimeSpec> {
    return this.#withMounts(unprepared, await sorted(unprepared));
  }

  /** For another time: the container may have changed its files, and who shares its processes may be changing them. */
  async prepareAgain(unprepared: Unprepared): Promise<RuntimeSpec> {
    const { outer, nested } = await sorted(unprepared);
    const isBind = ({ type }: Mount): boolean => type === 'bind';
    return this.#withMounts(unprepared, {
      outer: outer.filter((mount) => !isBind(mount)),
      nested: [...outer, ...nested].filter(isBind),
    });
  }

  #withMounts({ spec, isRunc }: Unprepared, { outer, nested }: SortedMounts): RuntimeSpec {
    return isRunc ? withMountHook({ ...spec, mounts: [...outer] }, nested, this.#mountProgram) : spec;
  }
}

async function sorted({ launch, spec }: Unprepared): Promise<SortedMounts> {
  const { rootfs } = launch;
  await Promise.all([forgetVolatileMount(rootfs), ensureMountPlaces(rootfs), prepareStdio(launch)]);
  return sortMounts(rootfs, [...spec.mounts, ...mountsByHook(spec)]);
}
