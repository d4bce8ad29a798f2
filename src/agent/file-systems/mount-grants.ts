/** The grants of this process's own mounts, in memory only: a task can neither see nor make one. */
import type { MountGrant, MountGrants } from '../../ports/mount-grants.ts';

export class MemoryMountGrants implements MountGrants {
  readonly #grants = new Map<string, MountGrant>();

  grant(fingerprint: string, grant: MountGrant): void {
    this.#grants.set(fingerprint, grant);
  }

  revoke(fingerprint: string): void {
    this.#grants.delete(fingerprint);
  }

  find(fingerprint: string): MountGrant | undefined {
    return this.#grants.get(fingerprint);
  }
}
