import {
  CreateServiceLinkedRole$,
  type CreateServiceLinkedRoleRequest,
  type CreateServiceLinkedRoleResponse,
} from '@aws-sdk/client-iam';
import { ApiError, isApiError } from '../../../domain/errors.ts';
import { roleArn, uniqueId } from '../../../domain/iam/names.ts';
import type { RoleRecord } from '../../../domain/iam/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkDescription } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { SERVICE_ROLE_PATH } from '../role-store.ts';
import { addRole } from './create-role.ts';
import { createdRole } from './role-view.ts';

const SERVICE = 'ecs.amazonaws.com';
const ROLE_NAME = 'AWSServiceRoleForECS';
const DESCRIPTION = 'Role to enable Amazon ECS to manage your cluster.';

/** Only of ECS: set-up scripts make it. Nothing here needs it. */
export function createServiceLinkedRole(deps: IamOperationDeps): OperationDefinition {
  return operation(
    CreateServiceLinkedRole$,
    async (
      { AWSServiceName = '', Description = DESCRIPTION, CustomSuffix }: CreateServiceLinkedRoleRequest,
      { scope: { account } },
    ): Promise<CreateServiceLinkedRoleResponse> => {
      checkDescription(Description);
      if (AWSServiceName !== SERVICE) {
        throw new ApiError('InvalidInputException', `Service ${AWSServiceName} is not supported here.`);
      }
      if (CustomSuffix !== undefined) {
        throw new ApiError('InvalidInputException', `Custom suffix is not allowed for ${SERVICE}`);
      }
      const path = `${SERVICE_ROLE_PATH}${SERVICE}/`;
      const role: RoleRecord = {
        roleName: ROLE_NAME,
        roleId: uniqueId('AROA', deps.ids.hex(34)),
        arn: roleArn(account, path, ROLE_NAME),
        path,
        description: Description,
        trustPolicy: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: { Service: SERVICE }, Action: 'sts:AssumeRole' }],
        }),
        maxSessionSeconds: 3600,
        tags: [],
        createdAt: deps.clock.now(),
        inlinePolicies: {},
        attachedPolicies: [],
      };
      try {
        await addRole(deps, account, role);
      } catch (error) {
        if (!isApiError(error, 'EntityAlreadyExistsException')) throw error;
        throw taken();
      }
      return { Role: createdRole(role) };
    },
  );
}

function taken(): ApiError {
  return new ApiError(
    'InvalidInputException',
    `Service role name ${ROLE_NAME} has been taken in this account, please try a different suffix.`,
  );
}
