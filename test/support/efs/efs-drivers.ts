/** The ways in which volumes of EFS are mounted for tasks (the setting efsDriver), each with why it is not here. */
import { hasNfsClient } from '../../../src/drivers/file-systems-nfs/nfs-client.ts';
import { nfsMissing } from '../nfs/nfs-scene.ts';

/** Why the kernel's NFS client cannot mount what Neargate serves; false when it can. */
export const kernelNfsMissing: string | false =
  nfsMissing() || (!(await hasNfsClient()) && 'kernel: no NFS client');

export const EFS_DRIVERS: readonly { readonly driver: 'local' | 'nfs'; readonly skip: string | false }[] = [
  { driver: 'local', skip: false },
  { driver: 'nfs', skip: kernelNfsMissing },
];

/**
 * Whether a difference from the sharing table is one of the kernel's client alone: for some seconds it remembers which
 * file had a name, as it does on AWS.
 */
export function isRemembered(difference: string): boolean {
  return difference === 'whole as 0: read /team/now: two, and not ENOENT';
}
