/**
 * The role that AWS's console makes in an account when it first makes a task definition there: usual task definitions
 * name it as their execution role. What is deleted or changed of it stays so.
 */
import { EXECUTION_ROLE_POLICY } from '../../domain/iam/aws-managed-policies.ts';
import { roleArn, uniqueId } from '../../domain/iam/names.ts';
import type { IamAccountRecord, RoleRecord } from '../../domain/iam/records.ts';
import { keys } from '../../domain/keys.ts';
import type { IamDeps } from './deps.ts';

const NAME = 'ecsTaskExecutionRole';
const TRUST = {
  Version: '2008-10-17',
  Statement: [
    {
      Sid: '',
      Effect: 'Allow',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      Action: 'sts:AssumeRole',
    },
  ],
};

/** Makes it where an account never had it. May be called any number of times. */
export class FirstRoles {
  readonly #deps: IamDeps;
  /** Accounts that have theirs for sure: a marker never goes away. */
  readonly #made = new Set<string>();

  constructor(deps: IamDeps) {
    this.#deps = deps;
  }

  /** Resolves when the account has, or once had, the role. */
  async ensure(account: string): Promise<void> {
    if (this.#made.has(account)) return;
    const { store, clock, ids } = this.#deps;
    const marker = keys.iamAccount(account);
    if ((await store.get(marker)) === undefined) {
      const value: IamAccountRecord = { madeAt: clock.now() };
      const role: RoleRecord = {
        roleName: NAME,
        roleId: uniqueId('AROA', ids.hex(34)),
        arn: roleArn(account, '/', NAME),
        path: '/',
        trustPolicy: JSON.stringify(TRUST),
        maxSessionSeconds: 3600,
        tags: [],
        createdAt: value.madeAt,
        inlinePolicies: {},
        attachedPolicies: [EXECUTION_ROLE_POLICY],
      };
      // When the condition does not hold, somebody else has made it just now.
      await store.transact(
        [{ key: marker, revision: 0 }],
        [
          { put: marker, value },
          { put: keys.role(account, NAME), value: role },
        ],
      );
    }
    this.#made.add(account);
  }
}
