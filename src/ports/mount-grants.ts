/**
 * What clients that this process itself connects to mount targets may do there. A client is known by its certificate:
 * only who has the key can show it. Grants end with the process; its successor makes new ones.
 */

export interface MountGrant {
  readonly fileSystemId: string;
  readonly accessPointId?: string;
  /** As `FileSystemMountRequest` has them. */
  readonly readOnly: boolean;
  readonly squashRoot: boolean;
}

export interface MountGrants {
  /** `fingerprint` is the SHA-256 of the whole certificate as `X509Certificate.fingerprint256` has it. May be repeated. */
  grant(fingerprint: string, grant: MountGrant): void;
  revoke(fingerprint: string): void;
  /** Undefined for a client of somebody else's. */
  find(fingerprint: string): MountGrant | undefined;
}
