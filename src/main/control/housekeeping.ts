/** What the control plane does once a minute: records, events and secrets go when their time is over. */
import { expireRecords } from '../../control/tasks/expiry.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import { expireEcsRecords } from '../../services/ecs/retention.ts';
import { expireLogEvents } from '../../services/logs/retention.ts';
import { expireSecrets } from '../../services/secretsmanager/retention.ts';
import type { Config } from '../config.ts';

const EVERY_MS = 60_000;

export type HousekeepingTask = () => Promise<void> | void;

export interface HousekeepingParts {
  readonly config: Config;
  readonly store: Store;
  readonly logger: Logger;
}

/** Works until the signal fires. One that fails leaves the others to the next minute. */
export async function keepHouse(
  { config, store, logger }: HousekeepingParts,
  others: readonly HousekeepingTask[],
  signal: AbortSignal,
): Promise<void> {
  const deps = { store, clock: systemClock, ids: randomIds, logger };
  while (!signal.aborted) {
    await systemClock.sleep(EVERY_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await expireRecords(deps, config.stoppedTaskRetentionMs);
      await expireEcsRecords(deps, systemClock.now());
      await expireLogEvents(deps, systemClock.now());
      await expireSecrets(deps, systemClock.now());
      for (const other of others) await other();
    } catch (error) {
      logger.error('control: housekeeping failed', { error });
    }
  }
}
