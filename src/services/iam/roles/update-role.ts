import {
  UpdateRole$,
  UpdateRoleDescription$,
  type UpdateRoleDescriptionRequest,
  type UpdateRoleDescriptionResponse,
  type UpdateRoleRequest,
  type UpdateRoleResponse,
} from '@aws-sdk/client-iam';
import type { RoleRecord } from '../../../domain/iam/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkDescription, checkSessionSeconds } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { changeRole, getRole } from '../role-store.ts';
import { wholeRole } from './role-view.ts';

/** Description and longest session; what is not given stays. */
export function updateRole(deps: IamOperationDeps): OperationDefinition {
  return operation(UpdateRole$, async (input: UpdateRoleRequest, { scope }): Promise<UpdateRoleResponse> => {
    const { Description: description, MaxSessionDuration: maxSessionSeconds } = input;
    checkDescription(description);
    checkSessionSeconds(maxSessionSeconds);
    await changeRole(deps, scope.account, input.RoleName, (role) => ({
      role: {
        ...described(role, description),
        ...(maxSessionSeconds !== undefined && { maxSessionSeconds }),
      },
    }));
    return {};
  });
}

/** The older form, for the description alone. */
export function updateRoleDescription(deps: IamOperationDeps): OperationDefinition {
  return operation(
    UpdateRoleDescription$,
    async (
      { RoleName, Description }: UpdateRoleDescriptionRequest,
      { scope: { account } },
    ): Promise<UpdateRoleDescriptionResponse> => {
      checkDescription(Description);
      await changeRole(deps, account, RoleName, (role) => ({ role: described(role, Description) }));
      return { Role: wholeRole((await getRole(deps, account, RoleName)).value) };
    },
  );
}

function described(role: RoleRecord, description: string | undefined): RoleRecord {
  return { ...role, ...(description !== undefined && { description }) };
}
