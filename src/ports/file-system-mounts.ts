/**
 * Mounts of EFS file systems for tasks of one machine, made by the machine's own means (`local`) or over NFS (`nfs`).
 * Both give the same view. Mounts outlive this process: who comes after it finds them by `list`. `unmount` may be
 * repeated, and works after half a `mount`; `mount` of what is mounted already answers with its path.
 */
import type { FileSystemView } from '../domain/efs/view.ts';

export interface FileSystemMountRequest {
  readonly taskId: string;
  /** Name of the task's volume: one mount each. */
  readonly volume: string;
  readonly view: FileSystemView;
  /** The file system's name, `fs-….efs.<region>.<suffix>`: messages name it, and its mount targets' certificate does. */
  readonly dnsName: string;
  /** The policy does not allow writing: every write ends with EROFS. */
  readonly readOnly: boolean;
  /**
   * The policy does not allow to be root: uid and gid 0 act as 65534. Without meaning for a view with a posixUser. A
   * machine's own means may be able to do so only for all callers, whoever they are.
   */
  readonly squashRoot: boolean;
  /** What a mount over the network needs. */
  readonly network: {
    /** Of the mount target; of an external server its address, or its name in the VPC. */
    readonly address: string;
    /** On an external server, the directory that is the file system's `/`. Absent for a mount target. */
    readonly serverPath?: string;
    /** Path of the task's network namespace. */
    readonly namespacePath: string;
    /** `transitEncryption` ENABLED, and the local port of its tunnel if one was asked for. */
    readonly tls: boolean;
    readonly tlsPort?: number;
  };
}

export interface FileSystemMounts {
  /**
   * Mounts, and resolves with a directory to bind into containers; nobody but root can reach it otherwise.
   * `not-found`: the view's directory does not exist; `failed-precondition`: the server refuses; `unavailable`,
   * `deadline`: it cannot be reached. With `details.exitCode` the message is that of mount.nfs4 or efs-utils, as Fargate
   * passes it on between `stderr: ` and ` : unsuccessful EFS utils command execution; code: `; without, it is for the
   * log, and the caller finds the words by the kind.
   */
  mount(request: FileSystemMountRequest, signal: AbortSignal): Promise<{ readonly path: string }>;
  /** Takes all mounts of a task away. */
  unmount(taskId: string): Promise<void>;
  /** Ids of the tasks that have a mount, whole or half made. */
  list(): Promise<string[]>;
  close(): Promise<void>;
}
