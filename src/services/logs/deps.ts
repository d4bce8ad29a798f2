/** What the operations of CloudWatch Logs work with. */
import type { Clock, IdSource } from '../../ports/clock.ts';
import type { LinePatterns } from '../../ports/line-patterns.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';

export interface LogsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: Logger;
}

/** What the service as a whole does. */
export interface LogsServiceDeps extends LogsDeps {
  /** Regular expressions of queries. */
  readonly patterns: LinePatterns;
}
