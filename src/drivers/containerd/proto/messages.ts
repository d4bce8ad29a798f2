/**
 * The messages of containerd's gRPC API (1.6 and later) that Neargate uses: member -> "field number, type".
 * `repeated T` is a list, `map T` a map from string to T. Member names are ours (they are not on the wire);
 * numbers and types are containerd's. proto/message-types.ts derives the TypeScript types from this table,
 * proto/codec.ts the bytes, so neither can differ from it. A table in a module, and no .proto files: nothing has to be
 * found on disk when the program is bundled, and no parser is loaded at start.
 */
export const MESSAGES = {
  Empty: {},
  Any: { typeUrl: '1 string', value: '2 bytes' },
  Timestamp: { seconds: '1 int64', nanos: '2 int32' },
  FieldMask: { paths: '1 repeated string' },
  Descriptor: { mediaType: '1 string', digest: '2 string', size: '3 int64', annotations: '5 map string' },
  Mount: { type: '1 string', source: '2 string', target: '3 string', options: '4 repeated string' },

  VersionResponse: { version: '1 string', revision: '2 string' },

  Namespace: { name: '1 string', labels: '2 map string' },
  NamespaceCreateRequest: { namespace: '1 Namespace' },
  NamespaceCreateResponse: { namespace: '1 Namespace' },

  ContentInfo: { digest: '1 string', size: '2 int64', labels: '5 map string' },
  ContentInfoRequest: { digest: '1 string' },
  ContentInfoResponse: { info: '1 ContentInfo' },
  ContentUpdateRequest: { info: '1 ContentInfo', updateMask: '2 FieldMask' },
  ContentUpdateResponse: { info: '1 ContentInfo' },
  ContentReadRequest: { digest: '1 string', offset: '2 int64', size: '3 int64' },
  ContentReadResponse: { offset: '1 int64', data: '2 bytes' },
  ContentWriteRequest: {
    action: '1 enum',
    ref: '2 string',
    total: '3 int64',
    expected: '4 string',
    offset: '5 int64',
    data: '6 bytes',
    labels: '7 map string',
  },
  ContentWriteResponse: { action: '1 enum', offset: '4 int64', total: '5 int64', digest: '6 string' },
  ContentAbortRequest: { ref: '1 string' },

  Image: { name: '1 string', labels: '2 map string', target: '3 Descriptor', updatedAt: '8 Timestamp' },
  ImageGetRequest: { name: '1 string' },
  ImageGetResponse: { image: '1 Image' },
  ImageCreateRequest: { image: '1 Image' },
  ImageCreateResponse: { image: '1 Image' },
  ImageUpdateRequest: { image: '1 Image', updateMask: '2 FieldMask' },
  ImageUpdateResponse: { image: '1 Image' },
  ImageListRequest: { filters: '1 repeated string' },
  ImageListResponse: { images: '1 repeated Image' },
  ImageDeleteRequest: { name: '1 string', sync: '2 bool' },

  Lease: { id: '1 string', labels: '3 map string' },
  LeaseCreateRequest: { id: '1 string', labels: '3 map string' },
  LeaseCreateResponse: { lease: '1 Lease' },
  LeaseDeleteRequest: { id: '1 string', sync: '2 bool' },
  LeaseListRequest: { filters: '1 repeated string' },
  LeaseListResponse: { leases: '1 repeated Lease' },

  LeaseResource: { id: '1 string', type: '2 string' },
  LeaseAddResourceRequest: { id: '1 string', resource: '2 LeaseResource' },

  SnapshotPrepareRequest: {
    snapshotter: '1 string',
    key: '2 string',
    parent: '3 string',
    labels: '4 map string',
  },
  SnapshotMountsResponse: { mounts: '1 repeated Mount' },
  SnapshotKeyRequest: { snapshotter: '1 string', key: '2 string' },
  SnapshotCommitRequest: {
    snapshotter: '1 string',
    name: '2 string',
    key: '3 string',
    labels: '4 map string',
  },
  SnapshotInfo: { name: '1 string', parent: '2 string', kind: '3 enum', labels: '6 map string' },
  SnapshotStatResponse: { info: '1 SnapshotInfo' },
  SnapshotUpdateRequest: { snapshotter: '1 string', info: '2 SnapshotInfo', updateMask: '3 FieldMask' },
  SnapshotUpdateResponse: { info: '1 SnapshotInfo' },
  SnapshotListRequest: { snapshotter: '1 string', filters: '2 repeated string' },
  SnapshotListResponse: { info: '1 repeated SnapshotInfo' },
  SnapshotUsageResponse: { size: '1 int64', inodes: '2 int64' },

  DiffApplyRequest: { diff: '1 Descriptor', mounts: '2 repeated Mount' },
  DiffApplyResponse: { applied: '1 Descriptor' },

  ContainerRuntime: { name: '1 string', options: '2 Any' },
  Container: {
    id: '1 string',
    labels: '2 map string',
    image: '3 string',
    runtime: '4 ContainerRuntime',
    spec: '5 Any',
    snapshotter: '6 string',
    snapshotKey: '7 string',
    extensions: '10 map Any',
  },
  ContainerGetRequest: { id: '1 string' },
  ContainerGetResponse: { container: '1 Container' },
  ContainerCreateRequest: { container: '1 Container' },
  ContainerCreateResponse: { container: '1 Container' },
  ContainerUpdateRequest: { container: '1 Container', updateMask: '2 FieldMask' },
  ContainerUpdateResponse: { container: '1 Container' },
  ContainerDeleteRequest: { id: '1 string' },
  ContainerListRequest: { filters: '1 repeated string' },
  /** The answer to List, without the specs: they are large and not needed there. */
  ContainerSummary: { id: '1 string', labels: '2 map string' },
  ContainerListResponse: { containers: '1 repeated ContainerSummary' },

  TaskCreateRequest: {
    containerId: '1 string',
    rootfs: '3 repeated Mount',
    stdin: '4 string',
    stdout: '5 string',
    stderr: '6 string',
    terminal: '7 bool',
    options: '9 Any',
  },
  TaskCreateResponse: { containerId: '1 string', pid: '2 uint32' },
  TaskStartRequest: { containerId: '1 string', execId: '2 string' },
  TaskStartResponse: { pid: '1 uint32' },
  TaskDeleteRequest: { containerId: '1 string' },
  TaskDeleteResponse: { id: '1 string', pid: '2 uint32', exitStatus: '3 uint32', exitedAt: '4 Timestamp' },
  TaskExecRequest: {
    containerId: '1 string',
    stdin: '2 string',
    stdout: '3 string',
    stderr: '4 string',
    terminal: '5 bool',
    spec: '6 Any',
    execId: '7 string',
  },
  TaskDeleteProcessRequest: { containerId: '1 string', execId: '2 string' },
  TaskGetRequest: { containerId: '1 string', execId: '2 string' },
  TaskGetResponse: { process: '1 Process' },
  TaskListRequest: { filter: '1 string' },
  TaskListResponse: { tasks: '1 repeated Process' },
  TaskKillRequest: { containerId: '1 string', execId: '2 string', signal: '3 uint32', all: '4 bool' },
  TaskWaitRequest: { containerId: '1 string', execId: '2 string' },
  TaskWaitResponse: { exitStatus: '1 uint32', exitedAt: '2 Timestamp' },
  Process: {
    containerId: '1 string',
    id: '2 string',
    pid: '3 uint32',
    status: '4 enum',
    terminal: '8 bool',
    exitStatus: '9 uint32',
    exitedAt: '10 Timestamp',
  },

  EventPublishRequest: { topic: '1 string', event: '2 Any' },
  SubscribeRequest: { filters: '1 repeated string' },
  Envelope: { timestamp: '1 Timestamp', namespace: '2 string', topic: '3 string', event: '4 Any' },
  TaskExitEvent: {
    containerId: '1 string',
    id: '2 string',
    pid: '3 uint32',
    exitStatus: '4 uint32',
    exitedAt: '5 Timestamp',
  },
  TaskOomEvent: { containerId: '1 string' },

  RuncOptions: {
    noPivotRoot: '1 bool',
    noNewKeyring: '2 bool',
    shimCgroup: '3 string',
    binaryName: '6 string',
    root: '7 string',
    systemdCgroup: '9 bool',
  },
} as const;

/** Numbers of the enumerations in the messages above. */
export const WRITE_ACTION = { stat: 0, write: 1, commit: 2 } as const;
export const SNAPSHOT_KIND = { unknown: 0, view: 1, active: 2, committed: 3 } as const;
export const PROCESS_STATUS = {
  unknown: 0,
  created: 1,
  running: 2,
  stopped: 3,
  paused: 4,
  pausing: 5,
} as const;
