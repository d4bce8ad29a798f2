/** What a container's first process needs before it is made: files, places, and where its mounts are to be made. */
import type { Mount } from '../../domain/oci/types.ts';
import type { Prepared } from './container-record.ts';
import { type SortedMounts, sortMounts } from './mounts/mount-destinations.ts';
import { ensureMountPlaces } from './mounts/mount-places.ts';
import { withMountHook } from './mounts/nested-mounts.ts';
import { forgetVolatileMount } from './mounts/rootfs-mount.ts';
import { prepareStdio } from './process-io.ts';

export class LaunchPreparation {
  readonly #mountProgram: readonly string[];

  /** `mountProgram` starts mounts/nested-mount-program.ts: an executable and its first arguments. */
  constructor(mountProgram: readonly string[]) {
    this.#mountProgram = mountProgram;
  }

  /** For the first time. Throws `invalid` for mounts that cannot be. `isRunc`: it is runc that makes mounts. */
  async prepare(prepared: Prepared, isRunc: boolean): Promise<Prepared> {
    const mounts = await this.#sorted(prepared);
    return isRunc ? this.#withMounts(prepared, mounts) : prepared;
  }

  /** For another time: the container may have changed its files, and who shares its processes may be changing them. */
  async prepareAgain(prepared: Prepared, isRunc: boolean): Promise<Prepared> {
    const { outer, nested } = await this.#sorted(prepared);
    if (!isRunc) return prepared;
    const isBind = ({ type }: Mount): boolean => type === 'bind';
    return this.#withMounts(prepared, {
      outer: outer.filter((mount) => !isBind(mount)),
      nested: [...outer, ...nested].filter(isBind),
    });
  }

  async #sorted({ launch, spec }: Prepared): Promise<SortedMounts> {
    const { rootfs, nestedMounts = [] } = launch;
    await Promise.all([forgetVolatileMount(rootfs), ensureMountPlaces(rootfs), prepareStdio(launch)]);
    return sortMounts(rootfs, [...spec.mounts, ...nestedMounts]);
  }

  #withMounts({ launch, spec }: Prepared, { outer, nested }: SortedMounts): Prepared {
    return {
      launch: { ...launch, nestedMounts: nested },
      spec: withMountHook({ ...spec, mounts: [...outer] }, nested, this.#mountProgram),
    };
  }
}
