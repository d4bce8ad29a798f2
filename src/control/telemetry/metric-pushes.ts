/**
 * Pushes figures to a receiver at an interval. One that cannot be reached is tried again with growing pauses until the
 * next interval; what was not pushed by then is dropped, since the next figures hold all that counted.
 */
import { toAppError } from '../../domain/errors.ts';
import type { MetricGroup } from '../../domain/telemetry/metrics.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Counter, Meters } from '../../ports/meters.ts';
import type { MetricReceiver } from '../../ports/metric-receiver.ts';

/** So that no request is too long for a receiver. */
const GROUPS_A_PUSH = 500;
const FIRST_PAUSE_MS = 1_000;

export interface MetricPushesDeps {
  readonly receiver: MetricReceiver;
  readonly collect: () => Promise<readonly MetricGroup[]>;
  readonly meters: Meters;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class MetricPushes {
  readonly #deps: MetricPushesDeps;
  readonly #outcomes: Counter<{ readonly outcome: string }>;
  readonly #rejected: Counter<object>;
  #isWell = true;

  constructor(deps: MetricPushesDeps) {
    this.#deps = deps;
    this.#outcomes = deps.meters.counter('neargate_otlp_exports_total');
    this.#rejected = deps.meters.counter('neargate_otlp_rejected_points_total');
  }

  /** Works until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, logger } = this.#deps;
    let next = clock.now() + intervalMs;
    for (;;) {
      await clock.sleep(Math.max(0, next - clock.now()), signal).catch(() => undefined);
      if (signal.aborted) return;
      next = clock.now() + intervalMs;
      try {
        await this.#pushAll(next, signal);
      } catch (error) {
        if (!signal.aborted) logger.warn('metrics: figures cannot be collected', { error });
      }
    }
  }

  async #pushAll(until: number, signal: AbortSignal): Promise<void> {
    const groups = await this.#deps.collect();
    for (let start = 0; start < groups.length; start += GROUPS_A_PUSH) {
      const isPushed = await this.#push(groups.slice(start, start + GROUPS_A_PUSH), until, signal);
      if (!isPushed) return;
    }
  }

  async #push(groups: readonly MetricGroup[], until: number, signal: AbortSignal): Promise<boolean> {
    const { receiver, clock } = this.#deps;
    const measuredAt = clock.now();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
      try {
        const rejected = await receiver.push(groups, measuredAt, signal);
        this.#outcomes.add({ outcome: 'accepted' });
        this.#rejected.add({}, rejected);
        this.#tell(rejected === 0 ? undefined : { rejected });
        return true;
      } catch (thrown) {
        if (signal.aborted) return false;
        const error = toAppError(thrown);
        this.#outcomes.add({ outcome: error.retryable ? 'failed' : 'refused' });
        this.#tell({ error });
        const { retryAfterMs } = error.details;
        const waitMs = typeof retryAfterMs === 'number' ? retryAfterMs : pauseMs;
        if (!error.retryable || clock.now() + waitMs >= until) return false;
        await clock.sleep(waitMs, signal).catch(() => undefined);
        if (signal.aborted) return false;
      }
    }
  }

  /** Once when it goes wrong, once when it goes well again. */
  #tell(trouble: Readonly<Record<string, unknown>> | undefined): void {
    const isWell = trouble === undefined;
    if (isWell === this.#isWell) return;
    this.#isWell = isWell;
    const { logger } = this.#deps;
    if (isWell) logger.info('metrics: the receiver of OTLP takes all figures again');
    else logger.warn('metrics: the receiver of OTLP does not take all figures', trouble);
  }
}
