/**
 * Looks after the disk of the machine, which is promised to tasks more often than once: says what of it they may take,
 * and warns before it is short. What tasks have deleted is given back to it then.
 */
import { type DiskState, judgeDisk } from '../../domain/machine.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskDisks } from '../../ports/task-disks.ts';
import { nowAndThen } from '../waiting.ts';

export interface DiskGuardOptions {
  readonly disks: Pick<TaskDisks, 'space' | 'reclaim'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Share of the disk (0 to 1) that is to be free. */
  readonly freeShare: number;
  /** Told what tasks may take together (see MachineCapacity.diskMiB), when it has changed much. */
  readonly onChange: (diskMiB: number) => void;
}

const LOOK_EVERY_MS = 10_000;
/** Less is not worth telling. */
const MUCH_MIB = 512;

const WORDS: Readonly<Record<DiskState, string>> = {
  ample: 'disk: there is room again',
  low: 'disk: nearly full; soon this machine takes no more tasks',
  short: 'disk: full; this machine takes no more tasks until there is room',
};

export class DiskGuard {
  readonly #options: DiskGuardOptions;
  #state: DiskState = 'ample';
  #told: number | undefined;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
  }

  /** Looks now and then until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    await nowAndThen(clock, LOOK_EVERY_MS, signal, {
      work: () => this.look(),
      onError: (error) => logger.warn('disk: cannot look at it', { error }),
    });
  }

  /** One look. */
  async look(): Promise<void> {
    const { disks, freeShare, logger } = this.#options;
    let space = await disks.space();
    if (judgeDisk(space, freeShare).state !== 'ample') {
      await disks.reclaim().catch((error: unknown) => logger.warn('disk: cannot reclaim', { error }));
      space = await disks.space();
    }
    const { state, diskMiB } = judgeDisk(space, freeShare);
    if (state !== this.#state) {
      logger[state === 'ample' ? 'info' : 'warn'](WORDS[state], { ...space });
      this.#state = state;
    }
    const told = this.#told;
    const isMuch = told === undefined || Math.abs(diskMiB - told) >= MUCH_MIB;
    if (!isMuch && (diskMiB === 0) === (told === 0)) return;
    this.#told = diskMiB;
    this.#options.onChange(diskMiB);
  }
}
