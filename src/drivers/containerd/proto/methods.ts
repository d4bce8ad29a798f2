/** The calls of containerd's gRPC API that Neargate makes: name -> path, request message, response message. */
import type { MessageName } from './message-types.ts';

interface Method<Q extends MessageName, S extends MessageName> {
  readonly path: string;
  readonly request: Q;
  readonly response: S;
}

export const UNARY = {
  version: method('version.v1.Version/Version', 'Empty', 'VersionResponse'),
  namespaceCreate: method(
    'namespaces.v1.Namespaces/Create',
    'NamespaceCreateRequest',
    'NamespaceCreateResponse',
  ),
  contentInfo: method('content.v1.Content/Info', 'ContentInfoRequest', 'ContentInfoResponse'),
  contentUpdate: method('content.v1.Content/Update', 'ContentUpdateRequest', 'ContentUpdateResponse'),
  contentAbort: method('content.v1.Content/Abort', 'ContentAbortRequest', 'Empty'),
  imageGet: method('images.v1.Images/Get', 'ImageGetRequest', 'ImageGetResponse'),
  imageCreate: method('images.v1.Images/Create', 'ImageCreateRequest', 'ImageCreateResponse'),
  imageUpdate: method('images.v1.Images/Update', 'ImageUpdateRequest', 'ImageUpdateResponse'),
  imageList: method('images.v1.Images/List', 'ImageListRequest', 'ImageListResponse'),
  imageDelete: method('images.v1.Images/Delete', 'ImageDeleteRequest', 'Empty'),
  leaseCreate: method('leases.v1.Leases/Create', 'LeaseCreateRequest', 'LeaseCreateResponse'),
  leaseDelete: method('leases.v1.Leases/Delete', 'LeaseDeleteRequest', 'Empty'),
  leaseAddResource: method('leases.v1.Leases/AddResource', 'LeaseAddResourceRequest', 'Empty'),
  leaseList: method('leases.v1.Leases/List', 'LeaseListRequest', 'LeaseListResponse'),
  snapshotPrepare: method(
    'snapshots.v1.Snapshots/Prepare',
    'SnapshotPrepareRequest',
    'SnapshotMountsResponse',
  ),
  snapshotView: method('snapshots.v1.Snapshots/View', 'SnapshotPrepareRequest', 'SnapshotMountsResponse'),
  snapshotMounts: method('snapshots.v1.Snapshots/Mounts', 'SnapshotKeyRequest', 'SnapshotMountsResponse'),
  snapshotCommit: method('snapshots.v1.Snapshots/Commit', 'SnapshotCommitRequest', 'Empty'),
  snapshotRemove: method('snapshots.v1.Snapshots/Remove', 'SnapshotKeyRequest', 'Empty'),
  snapshotStat: method('snapshots.v1.Snapshots/Stat', 'SnapshotKeyRequest', 'SnapshotStatResponse'),
  snapshotUpdate: method('snapshots.v1.Snapshots/Update', 'SnapshotUpdateRequest', 'SnapshotUpdateResponse'),
  snapshotUsage: method('snapshots.v1.Snapshots/Usage', 'SnapshotKeyRequest', 'SnapshotUsageResponse'),
  diffApply: method('diff.v1.Diff/Apply', 'DiffApplyRequest', 'DiffApplyResponse'),
  containerGet: method('containers.v1.Containers/Get', 'ContainerGetRequest', 'ContainerGetResponse'),
  containerList: method('containers.v1.Containers/List', 'ContainerListRequest', 'ContainerListResponse'),
  containerCreate: method(
    'containers.v1.Containers/Create',
    'ContainerCreateRequest',
    'ContainerCreateResponse',
  ),
  containerUpdate: method(
    'containers.v1.Containers/Update',
    'ContainerUpdateRequest',
    'ContainerUpdateResponse',
  ),
  containerDelete: method('containers.v1.Containers/Delete', 'ContainerDeleteRequest', 'Empty'),
  taskCreate: method('tasks.v1.Tasks/Create', 'TaskCreateRequest', 'TaskCreateResponse'),
  taskStart: method('tasks.v1.Tasks/Start', 'TaskStartRequest', 'TaskStartResponse'),
  taskDelete: method('tasks.v1.Tasks/Delete', 'TaskDeleteRequest', 'TaskDeleteResponse'),
  taskExec: method('tasks.v1.Tasks/Exec', 'TaskExecRequest', 'Empty'),
  taskDeleteProcess: method('tasks.v1.Tasks/DeleteProcess', 'TaskDeleteProcessRequest', 'TaskDeleteResponse'),
  taskGet: method('tasks.v1.Tasks/Get', 'TaskGetRequest', 'TaskGetResponse'),
  taskList: method('tasks.v1.Tasks/List', 'TaskListRequest', 'TaskListResponse'),
  taskKill: method('tasks.v1.Tasks/Kill', 'TaskKillRequest', 'Empty'),
  taskWait: method('tasks.v1.Tasks/Wait', 'TaskWaitRequest', 'TaskWaitResponse'),
  eventPublish: method('events.v1.Events/Publish', 'EventPublishRequest', 'Empty'),
} as const;

/** One request, many responses. */
export const SERVER_STREAM = {
  contentRead: method('content.v1.Content/Read', 'ContentReadRequest', 'ContentReadResponse'),
  snapshotList: method('snapshots.v1.Snapshots/List', 'SnapshotListRequest', 'SnapshotListResponse'),
  eventSubscribe: method('events.v1.Events/Subscribe', 'SubscribeRequest', 'Envelope'),
} as const;

/** Many requests, many responses. */
export const BIDI_STREAM = {
  contentWrite: method('content.v1.Content/Write', 'ContentWriteRequest', 'ContentWriteResponse'),
} as const;

export type UnaryName = keyof typeof UNARY;
export type ServerStreamName = keyof typeof SERVER_STREAM;
export type BidiStreamName = keyof typeof BIDI_STREAM;

function method<Q extends MessageName, S extends MessageName>(
  path: string,
  request: Q,
  response: S,
): Method<Q, S> {
  return { path: `/containerd.services.${path}`, request, response };
}
