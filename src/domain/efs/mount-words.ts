/**
 * What mount.efs says when a mount fails, as Fargate passes it on behind `failed to invoke EFS utils commands to set up
 * EFS volumes: stderr: `. Sources are named at each; "utils" is aws/efs-utils, the others are reasons of stopped tasks
 * that people have published. Errors of mount.nfs4 have Python's `b'…'` around them since utils 1.28.
 */

export interface MountFailure {
  readonly stderr: string;
  readonly exitCode: number;
}

/** What is mounted, as mount.efs names it to mount.nfs4. */
export interface MountSource {
  /** The file system's name. */
  readonly dnsName: string;
  /** The directory that was asked for. */
  readonly path: string;
  /** Through a tunnel, whose end is on the loopback interface. */
  readonly tls: boolean;
}

/** Exit codes: of mount.efs itself, and of mount.nfs4. */
const UTILS_FAILED = 1;
const MOUNT_FAILED = 32;

/** Attempts that mount.efs makes, and how long it waits for each (utils, `retry_nfs_mount_command_…`). */
export const MOUNT_ATTEMPTS = 3;
export const MOUNT_ATTEMPT_S = 15;

/** Behind Fargate's prefix. Source: every published one. */
export function mountFailureText({ stderr, exitCode }: MountFailure): string {
  return `${stderr} : unsuccessful EFS utils command execution; code: ${exitCode}`;
}

/**
 * The name has no address. Source: aws/copilot-cli issue 5419 and rileydakota/valheim-ecs-fargate-cdk issue 28; utils,
 * throw_dns_resolve_failure_with_fallback_message. Fargate has no botocore beside mount.efs, and says so.
 */
export function unresolved(dnsName: string): MountFailure {
  const stderr = [
    `Failed to resolve "${dnsName}" - check that your file system ID is correct, and ensure that the VPC has an EFS`,
    'mount target for this file system ID. See https://docs.aws.amazon.com/console/efs/mount-dns-name for more detail.',
    'Attempting to lookup mount target ip address using botocore.',
    'Failed to import necessary dependency botocore, please install botocore first.',
  ].join(' ');
  return { stderr, exitCode: UTILS_FAILED };
}

/** The policy does not allow it, or there is no such access point. Source: aws-samples/aws-cdk-examples issue 920. */
export function accessDenied(source: MountSource): MountFailure {
  return mountNfs(`access denied by server while mounting ${placeOf(source)}`);
}

/** Source: acp-io/terraform-grafana issue 4, without TLS; with it, the loopback address (utils, mount_nfs). */
export function noSuchDirectory(source: MountSource): MountFailure {
  return mountNfs(`mounting ${placeOf(source)} failed, reason given by server: No such file or directory`);
}

/**
 * Nobody answers on 2049. Source: utils, call_nfs_mount_command_with_retry_succeed: all attempts but the last are told.
 * The last one's words are published both ways: through a tunnel the system call fails, else the connection.
 */
export function timedOut({ tls }: Pick<MountSource, 'tls'>): MountFailure {
  const attempts = Array.from(
    { length: MOUNT_ATTEMPTS - 1 },
    (_, index) =>
      `Mount attempt ${index + 1}/${MOUNT_ATTEMPTS} failed due to timeout after ${MOUNT_ATTEMPT_S} sec, ` +
      'wait 0 sec before next attempt.',
  );
  const last = mountNfs(tls ? 'mount system call failed' : 'Connection timed out');
  return { ...last, stderr: [...attempts, last.stderr].join(' ') };
}

/** Who answers ends the connection. Source: docker-archive/compose-cli issue 1490. */
export function connectionReset(): MountFailure {
  return mountNfs('Connection reset by peer');
}

/** Of mount.nfs4, in other words: those of a driver. */
export function mountNfs(words: string): MountFailure {
  return { stderr: `b'mount.nfs4: ${words}'`, exitCode: MOUNT_FAILED };
}

function placeOf({ dnsName, path, tls }: MountSource): string {
  return `${tls ? '127.0.0.1' : dnsName}:${path}`;
}
