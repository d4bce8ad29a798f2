/** Who may do what, by the setting `iam`. */
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { clientPolicies } from '../../domain/efs/client-access.ts';
import type { RolePolicies } from '../../domain/iam/decide.ts';
import { parseRoleArn } from '../../domain/iam/names.ts';
import type { Store } from '../../ports/store.ts';
import type { MayAssume } from '../../services/ecs/deps.ts';
import { RoleAuthorizer } from '../../services/iam/role-authorizer.ts';
import { Roles } from '../../services/iam/roles.ts';
import { tasksMayAssume } from '../../services/iam/task-roles.ts';
import type { Authorizer } from '../../wire/authorization.ts';
import type { Config } from '../config.ts';

export interface Authorization {
  readonly roles: Roles;
  /** Absent where everybody may do everything. */
  readonly authorizer?: Authorizer;
  /** Absent where roles need not exist. */
  readonly mayAssume?: MayAssume;
  /** What a role's policies say of clients of file systems. Absent where they are not asked. */
  readonly fileSystemPolicies?: (roleArn: string) => Promise<RolePolicies>;
}

export function createAuthorization(
  { iam, roleCredentialsProfile }: Pick<Config, 'iam' | 'roleCredentialsProfile'>,
  store: Store,
): Authorization {
  const roles = new Roles({ store, clock: systemClock, ids: randomIds });
  if (iam === 'permissive') return { roles };
  return {
    roles,
    authorizer: new RoleAuthorizer({ roles, clock: systemClock }),
    mayAssume: async (roleArn, scope, use) => {
      // AWS's STS is who says no to those, when the task asks.
      const isOfAws = use === 'taskRoleArn' && roleCredentialsProfile !== undefined;
      return isOfAws || tasksMayAssume(roles, roleArn, scope);
    },
    // What roles of AWS may do is not known here.
    ...(roleCredentialsProfile === undefined && {
      fileSystemPolicies: async (roleArn: string) => {
        const { account = '', name = '' } = parseRoleArn(roleArn) ?? {};
        return clientPolicies(await roles.policies(account, name));
      },
    }),
  };
}
