/** The permissions boundary of roles: a managed policy beyond which no other policy lets them go. */
import {
  type AttachedPermissionsBoundary,
  DeleteRolePermissionsBoundary$,
  type DeleteRolePermissionsBoundaryRequest,
  type PermissionsBoundaryAttachmentType,
  PutRolePermissionsBoundary$,
  type PutRolePermissionsBoundaryRequest,
} from '@aws-sdk/client-iam';
import type { RoleRecord } from '../../../domain/iam/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { heldPolicy } from '../policy-store.ts';
import { changeRole } from '../role-store.ts';

/** What AWS answers, whatever its schema says. */
const TYPE = 'Policy' as PermissionsBoundaryAttachmentType;

/** May be repeated; another one takes the place of the one before. */
export function putRolePermissionsBoundary(deps: IamOperationDeps): OperationDefinition {
  return operation(
    PutRolePermissionsBoundary$,
    async (input: PutRolePermissionsBoundaryRequest, { scope: { account } }): Promise<void> => {
      await changeRole(deps, account, input.RoleName, async (role) => {
        const { arn, ...held } = await heldPolicy(deps, account, input.PermissionsBoundary, 'Scope ARN:');
        return { role: { ...role, permissionsBoundary: arn }, ...held };
      });
    },
  );
}

/** May be repeated. */
export function deleteRolePermissionsBoundary(deps: IamOperationDeps): OperationDefinition {
  return operation(
    DeleteRolePermissionsBoundary$,
    async ({ RoleName }: DeleteRolePermissionsBoundaryRequest, { scope }): Promise<void> => {
      await changeRole(deps, scope.account, RoleName, (role) => {
        const { permissionsBoundary: _, ...unbounded } = role;
        return { role: unbounded };
      });
    },
  );
}

/** As roles are shown with it; undefined without one. */
export function shownBoundary({
  permissionsBoundary: arn,
}: RoleRecord): AttachedPermissionsBoundary | undefined {
  return arn === undefined ? undefined : { PermissionsBoundaryType: TYPE, PermissionsBoundaryArn: arn };
}
