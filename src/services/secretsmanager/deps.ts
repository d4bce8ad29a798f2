/** What Secrets Manager works with. */
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { SealedValues } from '../sealed-values.ts';

export interface SecretsManagerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly sealed: SealedValues;
}
