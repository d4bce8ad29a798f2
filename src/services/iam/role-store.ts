/** Finds and changes roles. */
import { keys } from '../../domain/keys.ts';
import { ApiError } from '../../domain/errors.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import type { Condition, Entry, Store, Write } from '../../ports/store.ts';
import { transactWithRetry } from '../transact.ts';
import { checkRoleName } from './constraints.ts';
import type { IamOperationDeps } from './deps.ts';
import { noSuchRole } from './errors.ts';

export const SERVICE_ROLE_PATH = '/aws-service-role/';

/** Throws NoSuchEntity. */
export async function getRole(
  { store, firstRoles }: IamOperationDeps,
  account: string,
  roleName: string | undefined,
): Promise<Entry<RoleRecord>> {
  const name = checkRoleName(roleName);
  await firstRoles.ensure(account);
  const found = await store.get<RoleRecord>(keys.role(account, name));
  if (found?.value.roleName !== name) throw noSuchRole(name);
  return found;
}

/** By name. */
export async function allRoles(
  { store, firstRoles }: IamOperationDeps,
  account: string,
): Promise<readonly RoleRecord[]> {
  await firstRoles.ensure(account);
  return (await store.range<RoleRecord>({ prefix: keys.roles(account) })).map(({ value }) => value);
}

/** A role as it shall be, with what else is written, and what else must hold. */
export interface RoleChange {
  readonly role: RoleRecord | 'deleted';
  readonly conditions?: readonly Condition[];
  readonly writes?: readonly Write[];
}

/** Changes a role that is the user's own. `decide` may be asked again. Throws NoSuchEntity, UnmodifiableEntity. */
export async function changeRole(
  deps: IamOperationDeps,
  account: string,
  roleName: string | undefined,
  decide: (role: RoleRecord) => RoleChange | Promise<RoleChange>,
): Promise<void> {
  await transact(deps.store, async () => {
    const { key, revision, value } = await getRole(deps, account, roleName);
    if (value.path.startsWith(SERVICE_ROLE_PATH)) throw protectedRole(value);
    const { role, conditions = [], writes = [] } = await decide(value);
    const write = role === 'deleted' ? { delete: key } : { put: key, value: role };
    return {
      answer: undefined,
      conditions: [{ key, revision }, ...conditions],
      writes: [write, ...writes],
    };
  });
}

/** As `transactWithRetry`, with IAM's exception for what is changed too often at once. */
export function transact<T>(store: Store, decide: Parameters<typeof transactWithRetry<T>>[1]): Promise<T> {
  return transactWithRetry(
    store,
    decide,
    () =>
      new ApiError(
        'ConcurrentModificationException',
        'The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again.',
      ),
  );
}

function protectedRole({ roleName }: RoleRecord): ApiError {
  return new ApiError(
    'UnmodifiableEntityException',
    `Cannot perform the operation on the protected role '${roleName}' - this role is only modifiable by AWS`,
  );
}
