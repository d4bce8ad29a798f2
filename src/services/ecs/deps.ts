/** What the operations of ECS need from outside. */
import type { Scope } from '../../domain/arn.ts';
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';

export interface EcsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
  /** The number that LATEST means, e.g. `1.4.0`. */
  readonly platformLatest: string;
  /** The runtimes that tasks may ask for, the default first. */
  readonly runtimes: readonly string[];
  /** Whether ECS may act as a role for tasks of the scope. Absent: roles need not exist. */
  readonly mayAssume?: MayAssume | undefined;
  /** Makes the default network of the scope, unless that was done before. */
  readonly ensureNetwork: (scope: Scope) => Promise<void>;
}

/** `use`: the member of a task that names the role. */
export type MayAssume = (
  roleArn: string,
  scope: Scope,
  use: 'taskRoleArn' | 'executionRoleArn',
) => Promise<boolean>;
