/**
 * The key tree of the store: every key that Neargate writes is built here. Update the drawing with the code.
 * Parts are escaped (`/` and `%` in a part become %2F and %25), so a name can never reach another's subtree.
 *
 *   a/<account>/<region>/ecs/cluster/<name>                        ClusterRecord
 *   a/<account>/<region>/ecs/family/<family>                       FamilyRecord (last revision)
 *   a/<account>/<region>/ecs/taskdef/<family>/<revision, 8 digits> TaskDefinitionRecord
 *   a/<account>/<region>/ecs/task/<cluster>/<taskId>               TaskRecord
 *   a/<account>/<region>/ecs/token/<cluster>/<operation>/<token>   IdempotencyRecord
 *   a/<account>/<region>/ecs/setting/<name>/<principal|default>    AccountSettingRecord
 *   a/<account>/<region>/ec2/network                               NetworkMarkerRecord (the default network was made)
 *   a/<account>/<region>/ec2/<kind of resource>/<id>               VpcRecord, SubnetRecord … (Ec2Kind)
 *   a/<account>/<region>/ec2/address/<subnetId>/<ipv4>             AddressRecord
 *   a/<account>/<region>/efs/<kind of resource>/<id>               FileSystemRecord, MountTargetRecord … (EfsKind)
 *   a/<account>/<region>/efs/token/<kind of resource>/<token>      EfsTokenRecord (what was made with a client's token)
 *   a/<account>/<region>/ecr/repository/<name>                     RepositoryRecord
 *   ecr/image/<repositoryId>/<digest>                              ImageRecord
 *   ecr/tag/<repositoryId>/<tag>                                   ImageTagRecord
 *   ecr/trash/<repositoryId>/<digest or ->                         EcrTrashRecord (still to be deleted in the registry)
 *   efs/files/<fileSystemId>                                       EfsFilesRecord (what is still to be done with its files)
 *   a/<account>/<region>/ssm/parameter/<name>                      ParameterRecord
 *   a/<account>/<region>/ssm/history/<name>/<version, 8 digits>    ParameterRecord (earlier versions)
 *   secretsmanager/secret/<account>/<region>/<name>                SecretRecord
 *   secretsmanager/value/<secretId>/<versionId>                    SecretValueRecord
 *   iam/account/<account>                                          IamAccountRecord (its first role was made)
 *   iam/role/<account>/<name in small letters>                     RoleRecord
 *   iam/policy/<account>/<name in small letters>                   PolicyRecord
 *   log/group/<account>/<region>/<group>                           LogGroupRecord (name unescaped: it is the end)
 *   log/stream/<groupId>/<stream>                                  LogStreamRecord (name unescaped: it is the end)
 *   log/event/<groupId>/<streamId>/<first time, 15>-<sequence, 16> LogEventBatch, or LogEventBlock with a tail
 *   log/query/<account>/<region>/<query id>                        LogQueryRecord
 *   log/trash/<groupId>/<streamId or ->                            LogTrashRecord (events still to be deleted)
 *   assigned/<machineId>/<taskId>                                  AssignmentRecord
 *   insights/<machineId>                                           InsightsMark (what the machine measured and is on record)
 *   public-address/<ipv4>                                          PublicAddressRecord
 *   secret/<name>                                                  server secrets (session-token key)
 *
 * The agent's own store:
 *   task/<taskId>                                                  AgentTaskRecord
 *   vpc/<vpcId>                                                    VpcPicture
 */
import type { Scope } from './arn.ts';

/** The kinds of EC2's resources that have records, as keys name them. */
export type Ec2Kind =
  | 'vpc'
  | 'subnet'
  | 'route-table'
  | 'internet-gateway'
  | 'nat-gateway'
  | 'elastic-ip'
  | 'security-group'
  | 'prefix-list'
  | 'eni'
  | 'endpoint'
  | 'flow-log';

/** The kinds of EFS's resources that have records. */
export type EfsKind = 'file-system' | 'mount-target' | 'access-point';

/** Joins parts to a key; each part is escaped. */
export function key(...parts: readonly (string | number)[]): string {
  return parts.map((part) => String(part).replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
}

/** A prefix that ends in `/`, for `range` and `watch`. */
export function prefix(...parts: readonly (string | number)[]): string {
  return `${key(...parts)}/`;
}

const scoped = (scope: Scope, ...parts: readonly (string | number)[]): string =>
  key('a', scope.account, scope.region, ...parts);

export const keys = {
  cluster: (scope: Scope, name: string) => scoped(scope, 'ecs', 'cluster', name),
  clusters: (scope: Scope) => `${scoped(scope, 'ecs', 'cluster')}/`,
  family: (scope: Scope, family: string) => scoped(scope, 'ecs', 'family', family),
  families: (scope: Scope) => `${scoped(scope, 'ecs', 'family')}/`,
  taskDefinition: (scope: Scope, family: string, revision: number) =>
    scoped(scope, 'ecs', 'taskdef', family, String(revision).padStart(8, '0')),
  taskDefinitions: (scope: Scope, family?: string) =>
    `${family === undefined ? scoped(scope, 'ecs', 'taskdef') : scoped(scope, 'ecs', 'taskdef', family)}/`,
  task: (scope: Scope, cluster: string, taskId: string) => scoped(scope, 'ecs', 'task', cluster, taskId),
  tasks: (scope: Scope, cluster: string) => `${scoped(scope, 'ecs', 'task', cluster)}/`,
  token: (scope: Scope, cluster: string, operation: string, token: string) =>
    scoped(scope, 'ecs', 'token', cluster, operation, token),
  setting: (scope: Scope, name: string, principal: string) =>
    scoped(scope, 'ecs', 'setting', name, principal),
  settings: (scope: Scope) => `${scoped(scope, 'ecs', 'setting')}/`,
  networkMarker: (scope: Scope) => scoped(scope, 'ec2', 'network'),
  ec2: (scope: Scope, kind: Ec2Kind, id: string) => scoped(scope, 'ec2', kind, id),
  ec2All: (scope: Scope, kind: Ec2Kind) => `${scoped(scope, 'ec2', kind)}/`,
  efs: (scope: Scope, kind: EfsKind, id: string) => scoped(scope, 'efs', kind, id),
  efsAll: (scope: Scope, kind: EfsKind) => `${scoped(scope, 'efs', kind)}/`,
  efsToken: (scope: Scope, kind: EfsKind, token: string) => scoped(scope, 'efs', 'token', kind, token),
  efsFiles: (fileSystemId: string) => key('efs', 'files', fileSystemId),
  allEfsFiles: () => 'efs/files/',
  publicAddress: (ipv4: string) => key('public-address', ipv4),
  publicAddresses: () => 'public-address/',
  address: (scope: Scope, subnetId: string, ipv4: string) => scoped(scope, 'ec2', 'address', subnetId, ipv4),
  allAddresses: (scope: Scope) => `${scoped(scope, 'ec2', 'address')}/`,
  addresses: (scope: Scope, subnetId: string) => `${scoped(scope, 'ec2', 'address', subnetId)}/`,
  repository: (scope: Scope, name: string) => scoped(scope, 'ecr', 'repository', name),
  repositories: (scope: Scope) => `${scoped(scope, 'ecr', 'repository')}/`,
  // Images of a repository that was deleted can never be those of one made again under its name.
  image: (repositoryId: string, digest: string) => key('ecr', 'image', repositoryId, digest),
  images: (repositoryId: string) => prefix('ecr', 'image', repositoryId),
  imageTag: (repositoryId: string, tag: string) => key('ecr', 'tag', repositoryId, tag),
  imageTags: (repositoryId: string) => prefix('ecr', 'tag', repositoryId),
  ecrTrash: (repositoryId: string, digest: string) => key('ecr', 'trash', repositoryId, digest),
  allEcrTrash: () => 'ecr/trash/',
  managedSecret: ({ account, region }: Scope, name: string) =>
    key('secretsmanager', 'secret', account, region, name),
  managedSecrets: ({ account, region }: Scope) => prefix('secretsmanager', 'secret', account, region),
  allManagedSecrets: () => 'secretsmanager/secret/',
  managedSecretValue: (secretId: string, versionId: string) =>
    key('secretsmanager', 'value', secretId, versionId),
  managedSecretValues: (secretId: string) => prefix('secretsmanager', 'value', secretId),
  parameter: (scope: Scope, name: string) => scoped(scope, 'ssm', 'parameter', name),
  parameterVersion: (scope: Scope, name: string, version: number) =>
    scoped(scope, 'ssm', 'history', name, String(version).padStart(8, '0')),
  parameterVersions: (scope: Scope, name: string) => `${scoped(scope, 'ssm', 'history', name)}/`,
  parameters: (scope: Scope) => `${scoped(scope, 'ssm', 'parameter')}/`,
  // IAM knows no regions. Names that differ only in case are one name to it.
  iamAccount: (account: string) => key('iam', 'account', account),
  role: (account: string, name: string) => key('iam', 'role', account, name.toLowerCase()),
  roles: (account: string) => prefix('iam', 'role', account),
  policy: (account: string, name: string) => key('iam', 'policy', account, name.toLowerCase()),
  policies: (account: string) => prefix('iam', 'policy', account),
  // Log keys have a tree of their own: there are many, and nothing that looks at resources should pass them.
  logGroup: (scope: Scope, group: string) => `${prefix('log', 'group', scope.account, scope.region)}${group}`,
  logGroups: (scope: Scope) => prefix('log', 'group', scope.account, scope.region),
  allLogGroups: () => 'log/group/',
  logStream: (groupId: string, stream: string) => `${prefix('log', 'stream', groupId)}${stream}`,
  logStreams: (groupId: string) => prefix('log', 'stream', groupId),
  logEvent: (groupId: string, streamId: string, batch: string) =>
    key('log', 'event', groupId, streamId, batch),
  logEvents: (groupId: string, streamId?: string) =>
    streamId === undefined ? prefix('log', 'event', groupId) : prefix('log', 'event', groupId, streamId),
  logQuery: (scope: Scope, queryId: string) => key('log', 'query', scope.account, scope.region, queryId),
  logQueries: (scope: Scope) => prefix('log', 'query', scope.account, scope.region),
  logTrash: (groupId: string, streamId: string) => key('log', 'trash', groupId, streamId),
  allLogTrash: () => 'log/trash/',
  /** All resources of all accounts; no logs. */
  resources: () => 'a/',
  /** Of all machines. */
  assignments: () => 'assigned/',
  assigned: (machineId: string, taskId: string) => key('assigned', machineId, taskId),
  assignedTo: (machineId: string) => prefix('assigned', machineId),
  insightsMark: (machineId: string) => key('insights', machineId),
  secret: (name: string) => key('secret', name),
  agentTask: (taskId: string) => key('task', taskId),
  agentTasks: () => 'task/',
  agentVpc: (vpcId: string) => key('vpc', vpcId),
  agentVpcs: () => 'vpc/',
} as const;
