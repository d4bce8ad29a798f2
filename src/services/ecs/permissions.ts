/**
 * What the operations of ECS act on. Which operations know resources, and by which condition keys, is as in "Actions,
 * resources, and condition keys for Amazon Elastic Container Service".
 */
import type {
  CreateClusterRequest,
  DeleteTaskDefinitionsRequest,
  DescribeCapacityProvidersRequest,
  DescribeClustersRequest,
  DescribeTasksRequest,
  GetTaskProtectionRequest,
  RegisterTaskDefinitionRequest,
  RunTaskRequest,
  StopTaskRequest,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-ecs';
import { clusterArn, formatArn, type Scope, taskArn } from '../../domain/arn.ts';
import { roleArn } from '../../domain/ecs/iam-role.ts';
import { DEFAULT_CLUSTER, taskDefinitionReferenceOf } from '../../domain/ecs/references.ts';
import type { TaskDefinition } from '../../domain/ecs/task-definition.ts';
import { isApiError } from '../../domain/errors.ts';
import { requestTagKeys, resourceTagKeys } from '../../domain/iam/tag-keys.ts';
import type { ActedOn, ActsOn, ServicePermissions } from '../../wire/authorization.ts';
import type { EcsDeps } from './deps.ts';
import { readTagged } from './tags/tagged-resource.ts';
import { findDefinition } from './task-definitions/definition-store.ts';

type InCluster = { readonly cluster?: string | undefined };

export function ecsPermissions({ store }: Pick<EcsDeps, 'store'>): ServicePermissions {
  const tagged = async (arn: string, scope: Scope, context: ActedOn['context'] = {}): Promise<ActedOn> => ({
    arn,
    context: { ...context, ...(await tagKeys(store, scope, arn)) },
  });
  const onCluster: ActsOn<InCluster> = async ({ cluster }, scope) => [
    await tagged(clusterArnOf(cluster, scope), scope),
  ];
  const onTasks = (tasks: readonly string[], { cluster }: InCluster, scope: Scope): Promise<ActedOn[]> =>
    Promise.all(
      tasks.map((task) => tagged(taskArnOf(task, cluster, scope), scope, inCluster(cluster, scope))),
    );
  return {
    prefix: 'ecs',
    rules: {
      CreateCluster: ({ tags = [] }: CreateClusterRequest) => [{ arn: '*', context: requestTagKeys(tags) }],
      DescribeClusters: ({ clusters = [] }: DescribeClustersRequest, scope) =>
        Promise.all(
          (clusters.length === 0 ? [DEFAULT_CLUSTER] : clusters).map((cluster) =>
            tagged(clusterArnOf(cluster, scope), scope),
          ),
        ),
      ListClusters: '*',
      UpdateCluster: onCluster,
      UpdateClusterSettings: onCluster,
      DeleteCluster: onCluster,
      PutClusterCapacityProviders: onCluster,
      DescribeCapacityProviders: ({ capacityProviders = [] }: DescribeCapacityProvidersRequest, scope) =>
        capacityProviders.length === 0
          ? [{ arn: '*' }]
          : capacityProviders.map((each) => ({ arn: arnOf(each, 'capacity-provider', scope) })),
      RegisterTaskDefinition: (input: RegisterTaskDefinitionRequest, scope) => [
        { arn: '*', context: requestTagKeys(input.tags ?? []) },
        ...passedRoles(input, scope),
      ],
      DescribeTaskDefinition: '*',
      ListTaskDefinitions: '*',
      ListTaskDefinitionFamilies: '*',
      DeregisterTaskDefinition: '*',
      DeleteTaskDefinitions: ({ taskDefinitions = [] }: DeleteTaskDefinitionsRequest, scope) =>
        Promise.all(taskDefinitions.map((each) => tagged(arnOf(each, 'task-definition', scope), scope))),
      RunTask: async (input: RunTaskRequest, scope) => {
        const definition = await namedDefinition(store, input.taskDefinition ?? '', scope);
        const { taskRoleArn, executionRoleArn } = { ...definition, ...input.overrides };
        const arn =
          definition?.taskDefinitionArn ?? arnOf(input.taskDefinition ?? '', 'task-definition', scope);
        const context = {
          ...inCluster(input.cluster, scope),
          'ecs:enable-execute-command': String(input.enableExecuteCommand ?? false),
          ...requestTagKeys(input.tags ?? []),
        };
        return [await tagged(arn, scope, context), ...passedRoles({ taskRoleArn, executionRoleArn }, scope)];
      },
      StopTask: (input: StopTaskRequest, scope) => onTasks([input.task ?? ''], input, scope),
      DescribeTasks: (input: DescribeTasksRequest, scope) => onTasks(input.tasks ?? [], input, scope),
      UpdateTaskProtection: (input: GetTaskProtectionRequest, scope) =>
        onTasks(input.tasks ?? [], input, scope),
      GetTaskProtection: (input: GetTaskProtectionRequest, scope) => onTasks(input.tasks ?? [], input, scope),
      ListTasks: ({ cluster }: InCluster, scope) => [
        {
          arn: formatArn('ecs', scope, `container-instance/${clusterNameIn(cluster)}/*`),
          context: inCluster(cluster, scope),
        },
      ],
      TagResource: async ({ resourceArn: arn = '', tags = [] }: TagResourceRequest, scope) => [
        await tagged(arn, scope, requestTagKeys(tags)),
      ],
      UntagResource: async ({ resourceArn: arn = '', tagKeys: keys = [] }: UntagResourceRequest, scope) => [
        await tagged(arn, scope, { 'aws:TagKeys': keys }),
      ],
      ListTagsForResource: async ({ resourceArn: arn = '' }: TagResourceRequest, scope) => [
        await tagged(arn, scope),
      ],
      PutAccountSetting: '*',
      PutAccountSettingDefault: '*',
      ListAccountSettings: '*',
      DeleteAccountSetting: '*',
    },
  };
}

function inCluster(cluster: string | undefined, scope: Scope): NonNullable<ActedOn['context']> {
  return { 'ecs:cluster': clusterArnOf(cluster, scope) };
}

function clusterNameIn(cluster: string | undefined): string {
  return cluster === undefined ? DEFAULT_CLUSTER : cluster.slice(cluster.lastIndexOf('/') + 1);
}

function clusterArnOf(cluster: string | undefined, scope: Scope): string {
  return cluster?.startsWith('arn:') === true ? cluster : clusterArn(scope, clusterNameIn(cluster));
}

function taskArnOf(task: string, cluster: string | undefined, scope: Scope): string {
  return task.startsWith('arn:') ? task : taskArn(scope, clusterNameIn(cluster), task);
}

function arnOf(name: string, type: string, scope: Scope): string {
  return name.startsWith('arn:') ? name : formatArn('ecs', scope, `${type}/${name}`);
}

/** Whoever gives a task a role must be allowed to pass it on. */
function passedRoles(
  roles: { readonly taskRoleArn?: string | undefined; readonly executionRoleArn?: string | undefined },
  { account }: Scope,
): ActedOn[] {
  const named = [roles.taskRoleArn, roles.executionRoleArn].filter(
    (role) => role !== undefined && role !== '',
  );
  return [...new Set(named.map((role) => passedArn(role, account)))].map((arn) => ({
    action: 'iam:PassRole',
    arn,
    context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
  }));
}

/** What is no role at all is refused by the operation. */
function passedArn(role: string | undefined, account: string): string {
  try {
    return roleArn(role, account) ?? '*';
  } catch (error) {
    if (isApiError(error)) return role ?? '*';
    throw error;
  }
}

/** Undefined for none, and for what names none. */
async function namedDefinition(
  store: EcsDeps['store'],
  reference: string,
  scope: Scope,
): Promise<TaskDefinition | undefined> {
  try {
    const found = await findDefinition(store, scope, taskDefinitionReferenceOf(reference, scope));
    return found?.value.taskDefinition;
  } catch (error) {
    if (isApiError(error)) return undefined;
    throw error;
  }
}

/** Of a resource that is there; none of any other. */
async function tagKeys(
  store: EcsDeps['store'],
  scope: Scope,
  arn: string,
): Promise<NonNullable<ActedOn['context']>> {
  try {
    return resourceTagKeys((await readTagged(store, scope, arn)).value.tags, 'ecs');
  } catch (error) {
    if (isApiError(error)) return {};
    throw error;
  }
}
