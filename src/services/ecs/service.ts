/** Amazon ECS as the front door sees it: every operation that exists here. */
import type { AwsJsonService, OperationDefinition } from '../../wire/service.ts';
import { createClusterOperation } from './clusters/create-cluster.ts';
import { deleteClusterOperation } from './clusters/delete-cluster.ts';
import { describeCapacityProvidersOperation } from './clusters/describe-capacity-providers.ts';
import { describeClustersOperation } from './clusters/describe-clusters.ts';
import { listClustersOperation } from './clusters/list-clusters.ts';
import { putClusterCapacityProvidersOperation } from './clusters/put-cluster-capacity-providers.ts';
import { updateClusterSettingsOperation } from './clusters/update-cluster-settings.ts';
import { updateClusterOperation } from './clusters/update-cluster.ts';
import type { EcsDeps } from './deps.ts';
import { deleteAccountSettingOperation } from './settings/delete-account-setting.ts';
import { listAccountSettingsOperation } from './settings/list-account-settings.ts';
import {
  putAccountSettingDefaultOperation,
  putAccountSettingOperation,
} from './settings/put-account-setting.ts';
import { ecsPermissions } from './permissions.ts';
import { listTagsForResourceOperation } from './tags/list-tags-for-resource.ts';
import { tagResourceOperation, untagResourceOperation } from './tags/tag-resource.ts';
import { deleteTaskDefinitionsOperation } from './task-definitions/delete-task-definitions.ts';
import { deregisterTaskDefinitionOperation } from './task-definitions/deregister-task-definition.ts';
import { describeTaskDefinitionOperation } from './task-definitions/describe-task-definition.ts';
import { listTaskDefinitionFamiliesOperation } from './task-definitions/list-task-definition-families.ts';
import { listTaskDefinitionsOperation } from './task-definitions/list-task-definitions.ts';
import { registerTaskDefinitionOperation } from './task-definitions/register-task-definition.ts';
import { describeTasksOperation } from './tasks/describe-tasks.ts';
import { listTasksOperation } from './tasks/list-tasks.ts';
import { runTaskOperation } from './tasks/run-task.ts';
import { stopTaskOperation } from './tasks/stop-task.ts';
import { getTaskProtectionOperation, updateTaskProtectionOperation } from './tasks/task-protection.ts';
import { checkWholeNumbers } from './whole-numbers.ts';

const OPERATIONS = [
  createClusterOperation,
  describeClustersOperation,
  listClustersOperation,
  updateClusterOperation,
  updateClusterSettingsOperation,
  deleteClusterOperation,
  putClusterCapacityProvidersOperation,
  describeCapacityProvidersOperation,
  registerTaskDefinitionOperation,
  describeTaskDefinitionOperation,
  listTaskDefinitionsOperation,
  listTaskDefinitionFamiliesOperation,
  deregisterTaskDefinitionOperation,
  deleteTaskDefinitionsOperation,
  runTaskOperation,
  stopTaskOperation,
  describeTasksOperation,
  listTasksOperation,
  updateTaskProtectionOperation,
  getTaskProtectionOperation,
  tagResourceOperation,
  untagResourceOperation,
  listTagsForResourceOperation,
  putAccountSettingOperation,
  putAccountSettingDefaultOperation,
  listAccountSettingsOperation,
  deleteAccountSettingOperation,
] as const;

export function createEcsService(deps: EcsDeps): AwsJsonService {
  return {
    name: 'ecs',
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    permissions: ecsPermissions(deps),
    operations: OPERATIONS.map((create) => wholeNumbersOnly(create(deps) as OperationDefinition)),
  };
}

function wholeNumbersOnly(definition: OperationDefinition): OperationDefinition {
  return {
    ...definition,
    async handle(input, context) {
      checkWholeNumbers(input);
      return definition.handle(input, context);
    },
  };
}
