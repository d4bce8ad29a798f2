/** AWS Systems Manager's Parameter Store, as far as tasks need it to have their parameters here. */
import type { AwsJsonService } from '../../wire/service.ts';
import { deleteParameter, deleteParameters } from './delete-parameter.ts';
import type { SsmDeps } from './deps.ts';
import { describeParameters } from './describe-parameters.ts';
import { getParameter, getParameters } from './get-parameter.ts';
import { getParameterHistory } from './get-parameter-history.ts';
import { getParametersByPath } from './get-parameters-by-path.ts';
import { labelParameterVersion, unlabelParameterVersion } from './label-parameter-version.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './parameter-tags.ts';
import { SSM_PERMISSIONS } from './permissions.ts';
import { putParameter } from './put-parameter.ts';

export function createSsmService(deps: SsmDeps): AwsJsonService {
  return {
    name: 'ssm',
    targetPrefix: 'AmazonSSM',
    protocol: 'aws-json',
    jsonVersion: '1.1',
    permissions: SSM_PERMISSIONS,
    operations: [
      putParameter(deps),
      getParameter(deps),
      getParameters(deps),
      getParametersByPath(deps),
      describeParameters(deps),
      getParameterHistory(deps),
      labelParameterVersion(deps),
      unlabelParameterVersion(deps),
      deleteParameter(deps),
      deleteParameters(deps),
      addTagsToResource(deps),
      removeTagsFromResource(deps),
      listTagsForResource(deps),
    ],
  };
}
