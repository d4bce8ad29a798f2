/** What the store keeps of Amazon EFS. Times are epoch milliseconds; members are named as in AWS's API, in lower case. */

export interface PosixUser {
  readonly uid: number;
  readonly gid: number;
  /** At most 16. */
  readonly secondaryGids: readonly number[];
}

/** Who and what an access point's directory is made for, when it is not there at the first mount. */
export interface CreationInfo {
  readonly ownerUid: number;
  readonly ownerGid: number;
  /** Three or four octal digits. */
  readonly permissions: string;
}

export interface FileSystemRecord {
  /** `fs-` and 17 hexadecimal digits; no two are the same, in any account. */
  readonly fileSystemId: string;
  readonly creationToken: string;
  readonly createdAt: number;
  readonly performanceMode: 'generalPurpose' | 'maxIO';
  readonly throughputMode: 'bursting' | 'provisioned' | 'elastic';
  readonly provisionedThroughputInMibps?: number;
  /** When the mode became `provisioned`, or its figure another one, after it was made. */
  readonly provisionedAt?: number;
  readonly encrypted: boolean;
  readonly kmsKeyId?: string;
  /** Of a One Zone file system. */
  readonly availabilityZoneName?: string;
  /** Absent when nobody has said anything of backups. */
  readonly backup?: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** A policy document as it was put, JSON. */
  readonly policy?: string;
  readonly lifecyclePolicies: readonly Readonly<Record<string, string>>[];
  readonly replicationOverwriteProtection: 'ENABLED' | 'DISABLED';
}

/** What a request with a client's token has made. */
export interface EfsTokenRecord {
  readonly id: string;
}

/** What is still to be done with the files of a file system, by whoever is there to do it. */
export interface EfsFilesRecord {
  readonly fileSystemId: string;
  readonly work: 'make' | 'delete';
}

export interface MountTargetRecord {
  /** `fsmt-` and 17 hexadecimal digits. */
  readonly mountTargetId: string;
  readonly fileSystemId: string;
  /** Its interface, whose record has the subnet, the address and the groups. */
  readonly eniId: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
}

export interface AccessPointRecord {
  /** `fsap-` and 17 hexadecimal digits. */
  readonly accessPointId: string;
  readonly fileSystemId: string;
  readonly clientToken: string;
  readonly createdAt: number;
  readonly posixUser?: PosixUser;
  /** Absolute, without `.` and `..`; `/` when none was asked for. */
  readonly rootPath: string;
  readonly creationInfo?: CreationInfo;
  readonly tags: Readonly<Record<string, string>>;
}
