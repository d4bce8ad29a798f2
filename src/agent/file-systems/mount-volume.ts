/**
 * Mounts one volume of EFS for a task, in the order in which mount.efs gets as far: the name, the connection, the
 * permission, the directory.
 */
import { accessPointArn, fileSystemArn } from '../../domain/arn.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { type ClientAccess, clientAccess } from '../../domain/efs/client-access.ts';
import {
  accessDenied,
  connectionReset,
  type MountFailure,
  mountFailureText,
  noSuchDirectory,
  timedOut,
} from '../../domain/efs/mount-words.ts';
import type { AccessPointPicture } from '../../domain/network/vpc.ts';
import type { TaskAssignment } from '../../domain/task/assignment.ts';
import type { StepContext } from '../runner/step-context.ts';
import type { FileSystemMountRequest } from '../../ports/file-system-mounts.ts';
import type { EfsVolume } from './efs-volume.ts';
import { externalMount } from './external-server.ts';
import { findServer, type FoundServer } from './find-server.ts';
import { reachesNfs } from './nfs-reachable.ts';

/** Resolves with the path to bind. Rejects with what mount.efs says, `details.exitCode` with it. */
export async function mountVolume(
  volume: EfsVolume,
  { deps, assignment, facts }: StepContext,
  { dnsSuffix, signal }: { readonly dnsSuffix: string; readonly signal: AbortSignal },
): Promise<string> {
  const { taskId, eni } = assignment;
  const external = deps.settings.externalFileSystems?.find(
    ({ fileSystemId }) => fileSystemId === volume.fileSystemId,
  );
  if (external !== undefined) {
    const namespacePath = facts().namespacePath ?? '';
    return await mount(externalMount(volume, external, { taskId, namespacePath }), { deps, volume, signal });
  }
  const picture = deps.vpcs.picture(eni.vpc.vpcId);
  const server = findServer(volume, assignment, picture, dnsSuffix);
  if ('stderr' in server) throw failed('not-found', server);
  const dialer = deps.network.dialer(taskId);
  const reached = await reachesNfs(server.address, { dialer, clock: deps.clock }, signal);
  if (reached === 'no') throw failed('deadline', timedOut(volume));
  if (reached === 'reset') throw failed('unavailable', connectionReset());
  const { access, accessPoint } = permission(volume, assignment, server);
  const { fileSystemId, dnsName, path: rootDirectory, tls, tlsPort } = volume;
  const request = {
    taskId,
    volume: volume.volume,
    view: { fileSystemId, rootDirectory, ...(accessPoint !== undefined && { accessPoint }) },
    dnsName,
    readOnly: !access.write,
    squashRoot: !access.root,
    network: {
      address: server.address,
      namespacePath: facts().namespacePath ?? '',
      tls,
      ...(tlsPort !== undefined && { tlsPort }),
    },
  };
  return await mount(request, { deps, volume, signal });
}

interface MountParts {
  readonly deps: Pick<StepContext['deps'], 'fileSystems'>;
  readonly volume: EfsVolume;
  readonly signal: AbortSignal;
}

async function mount(request: FileSystemMountRequest, { deps, volume, signal }: MountParts): Promise<string> {
  try {
    return (await deps.fileSystems.mount(request, signal)).path;
  } catch (error) {
    throw worded(error, volume);
  }
}

interface Permission {
  readonly access: ClientAccess;
  readonly accessPoint?: AccessPointPicture;
}

/** Throws when the client may not mount; an access point of another file system is none. */
function permission(volume: EfsVolume, assignment: TaskAssignment, { fileSystem }: FoundServer): Permission {
  const { accessPointId, identifies, tls } = volume;
  const { taskRoleArn, fileSystemPolicy: identity, fileSystemBoundary: boundary } = assignment;
  const accessPoint = fileSystem.accessPoints.find((each) => each.accessPointId === accessPointId);
  const access = clientAccess(fileSystem.policy, {
    ...(identifies &&
      taskRoleArn !== undefined && {
        principalArn: taskRoleArn,
        ...(identity !== undefined && {
          policies: { identity, ...(boundary !== undefined && { boundary }) },
        }),
      }),
    ...(accessPoint !== undefined && {
      accessPointArn: accessPointArn(assignment, accessPoint.accessPointId),
    }),
    secureTransport: tls,
    viaMountTarget: true,
    fileSystemArn: fileSystemArn(assignment, fileSystem.fileSystemId),
  });
  const isMissing = accessPointId !== undefined && accessPoint === undefined;
  if (isMissing || !access.mount) throw failed('failed-precondition', accessDenied(volume));
  return { access, ...(accessPoint !== undefined && { accessPoint }) };
}

/** A driver that is mount.nfs4 itself has said it; of another the kind tells. */
function worded(thrown: unknown, volume: EfsVolume): AppError {
  const error = toAppError(thrown);
  const { exitCode } = error.details;
  if (typeof exitCode === 'number') return failed(error.kind, { stderr: error.message, exitCode }, error);
  if (error.kind === 'not-found') return failed('not-found', noSuchDirectory(volume), error);
  if (error.kind === 'failed-precondition') return failed('failed-precondition', accessDenied(volume), error);
  return error;
}

function failed(kind: AppError['kind'], failure: MountFailure, cause?: AppError): AppError {
  return new AppError(kind, mountFailureText(failure), { ...(cause !== undefined && { cause }) });
}
