import { CreateRole$, type CreateRoleRequest, type CreateRoleResponse } from '@aws-sdk/client-iam';
import { ApiError } from '../../../domain/errors.ts';
import { roleArn, uniqueId } from '../../../domain/iam/names.ts';
import type { RoleRecord } from '../../../domain/iam/records.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import {
  checkDescription,
  checkDocument,
  checkPath,
  checkRoleName,
  checkSessionSeconds,
  givenTags,
} from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { invalid, quotaExceeded } from '../errors.ts';
import { heldPolicy } from '../policy-store.ts';
import { allRoles, SERVICE_ROLE_PATH, transact } from '../role-store.ts';
import { createdRole } from './role-view.ts';

const DEFAULT_SESSION_SECONDS = 3600;
const MOST_ROLES = 1000;

export function createRole(deps: IamOperationDeps): OperationDefinition {
  return operation(
    CreateRole$,
    async (input: CreateRoleRequest, { scope: { account } }): Promise<CreateRoleResponse> => {
      const path = checkPath(input.Path);
      const roleName = checkRoleName(input.RoleName);
      const trustPolicy = checkDocument(input.AssumeRolePolicyDocument, 'assumeRolePolicyDocument', 'trust');
      checkDescription(input.Description);
      checkSessionSeconds(input.MaxSessionDuration);
      if (path.startsWith(SERVICE_ROLE_PATH)) {
        throw invalid(
          `The specified value for path is invalid. ${SERVICE_ROLE_PATH} is for roles of services.`,
        );
      }
      const role: RoleRecord = {
        roleName,
        roleId: uniqueId('AROA', deps.ids.hex(34)),
        arn: roleArn(account, path, roleName),
        path,
        ...(input.Description !== undefined && { description: input.Description }),
        trustPolicy,
        maxSessionSeconds: input.MaxSessionDuration ?? DEFAULT_SESSION_SECONDS,
        tags: givenTags(input.Tags),
        createdAt: deps.clock.now(),
        inlinePolicies: {},
        attachedPolicies: [],
      };
      return { Role: createdRole(await addRole(deps, account, role, input.PermissionsBoundary)) };
    },
  );
}

/** The role as it was made. Throws EntityAlreadyExists, LimitExceeded, NoSuchEntity. */
export async function addRole(
  deps: IamOperationDeps,
  account: string,
  given: RoleRecord,
  boundary?: string,
): Promise<RoleRecord> {
  const key = keys.role(account, given.roleName);
  return transact(deps.store, async () => {
    const held = boundary === undefined ? undefined : await heldPolicy(deps, account, boundary, 'Scope ARN:');
    const role = held === undefined ? given : { ...given, permissionsBoundary: held.arn };
    const others = await allRoles(deps, account);
    if (await deps.store.get(key)) {
      throw new ApiError('EntityAlreadyExistsException', `Role with name ${role.roleName} already exists.`);
    }
    if (others.length >= MOST_ROLES) throw quotaExceeded('RolesPerAccount', MOST_ROLES);
    return {
      answer: role,
      conditions: [{ key, revision: 0 }, ...(held?.conditions ?? [])],
      writes: [{ put: key, value: role }, ...(held?.writes ?? [])],
    };
  });
}
