/** What became of containers' output, counted since the agent's start. In memory. */

/**
 * Why output is lost:
 * - `buffer-full`: it came faster than it was taken, and the log configuration's mode lets it go
 * - `rejected`: the service refused it for good
 * - `undelivered`: the task has ended, and the time for its last output is over
 */
export const LOSS_REASONS = ['buffer-full', 'rejected', 'undelivered'] as const;
export type LossReason = (typeof LOSS_REASONS)[number];

export interface OutputAmount {
  readonly events: number;
  readonly bytes: number;
}

const NOTHING: OutputAmount = { events: 0, bytes: 0 };

/** Told of the same as it happens, of all containers. */
export interface OutputObserver {
  delivered(amount: OutputAmount): void;
  lost(reason: LossReason, amount: OutputAmount): void;
}

/** Counts for one container. */
export class OutputMeter {
  readonly #observer: OutputObserver | undefined;
  #delivered = NOTHING;
  readonly #lost = Object.fromEntries(LOSS_REASONS.map((reason) => [reason, NOTHING])) as Record<
    LossReason,
    OutputAmount
  >;

  constructor(observer?: OutputObserver) {
    this.#observer = observer;
  }

  get delivered(): OutputAmount {
    return this.#delivered;
  }

  get lost(): Readonly<Record<LossReason, OutputAmount>> {
    return this.#lost;
  }

  noteDelivered(amount: OutputAmount): void {
    this.#delivered = sum(this.#delivered, amount);
    this.#observer?.delivered(amount);
  }

  /** `events` may be an estimate where much is lost at once; `bytes` is exact. */
  noteLost(reason: LossReason, amount: OutputAmount): void {
    this.#lost[reason] = sum(this.#lost[reason], amount);
    this.#observer?.lost(reason, amount);
  }
}

function sum(a: OutputAmount, b: OutputAmount): OutputAmount {
  return { events: a.events + b.events, bytes: a.bytes + b.bytes };
}
