import { GetRole$, type GetRoleRequest, type GetRoleResponse } from '@aws-sdk/client-iam';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { getRole } from '../role-store.ts';
import { wholeRole } from './role-view.ts';

export function getRoleOperation(deps: IamOperationDeps): OperationDefinition {
  return operation(
    GetRole$,
    async ({ RoleName }: GetRoleRequest, { scope }): Promise<GetRoleResponse> => ({
      Role: wholeRole((await getRole(deps, scope.account, RoleName)).value),
    }),
  );
}
