/** Who may do what, by the setting `iam`. */
import { randomIds } from '../drivers/system/random-ids.ts';
import { systemClock } from '../drivers/system/system-clock.ts';
import type { Scope } from '../domain/arn.ts';
import type { Store } from '../ports/store.ts';
import { RoleAuthorizer } from '../services/iam/role-authorizer.ts';
import { Roles } from '../services/iam/roles.ts';
import { tasksMayAssume } from '../services/iam/task-roles.ts';
import type { Authorizer } from '../wire/authorization.ts';
import type { Config } from './config.ts';

export interface Authorization {
  readonly roles: Roles;
  /** Absent where everybody may do everything. */
  readonly authorizer?: Authorizer;
  /** Absent where roles need not exist. */
  readonly mayAssume?: (roleArn: string, scope: Scope) => Promise<boolean>;
}

export function createAuthorization({ iam }: Pick<Config, 'iam'>, store: Store): Authorization {
  const roles = new Roles({ store, clock: systemClock, ids: randomIds });
  if (iam === 'permissive') return { roles };
  return {
    roles,
    authorizer: new RoleAuthorizer({ roles, clock: systemClock }),
    mayAssume: (roleArn, scope) => tasksMayAssume(roles, roleArn, scope),
  };
}
