/** The mounts of a container in the order in which they are made: Docker's defaults, then the rest, parents first. */
import { DEFAULT_MOUNTS } from './spec-defaults.ts';
import type { Mount } from './types.ts';

/** Where an init program is put, as Docker does. */
export const INIT_PATH = '/sbin/docker-init';

/** `initPath` is the init program's path on the host. */
export function specMounts(mounts: readonly Mount[], initPath: string | undefined): Mount[] {
  const taken = new Set(mounts.map(({ destination }) => destination));
  // As Docker has it: who mounts something at a default's place means it instead, and /dev with all that is in it.
  const defaults = DEFAULT_MOUNTS.filter(
    ({ destination }) => !taken.has(destination) && !(taken.has('/dev') && destination.startsWith('/dev/')),
  );
  const init: Mount[] =
    initPath === undefined
      ? []
      : [{ destination: INIT_PATH, type: 'bind', source: initPath, options: ['bind', 'ro'] }];
  return [...defaults, ...[...mounts, ...init].toSorted((one, other) => depth(one) - depth(other))];
}

function depth({ destination }: Mount): number {
  return destination.split('/').filter((name) => name !== '').length;
}
