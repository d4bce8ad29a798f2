/** What IAM works with. */
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { FirstRoles } from './first-role.ts';

export interface IamDeps {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: IdSource;
}

export interface IamOperationDeps extends IamDeps {
  readonly firstRoles: FirstRoles;
}
