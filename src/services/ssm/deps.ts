/** What the Parameter Store works with. */
import type { Clock } from '../../ports/clock.ts';
import type { Store } from '../../ports/store.ts';
import type { SealedValues } from '../sealed-values.ts';

export interface SsmDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly sealed: SealedValues;
}
