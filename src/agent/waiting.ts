/** Bounded waits over an injected clock: deadlines, retries with backoff. */
import { AppError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';

/**
 * Gives up on work after `ms`: its signal fires, and the wait ends even when the work does not heed it.
 * Rejects with kind `deadline` then, with `aborted` when the outer signal fired.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timer = new AbortController();
  const inner = new AbortController();
  const timeout = clock.sleep(ms, timer.signal).then((): never => {
    throw new AppError('deadline', 'context deadline exceeded');
  });
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = (): void => reject(new AppError('aborted', 'context canceled'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true, signal: timer.signal });
  });
  timeout.catch(() => undefined);
  aborted.catch(() => undefined);
  try {
    return await Promise.race([work(inner.signal), timeout, aborted]);
  } finally {
    timer.abort();
    inner.abort();
  }
}

/**
 * Does a thing every `everyMs` (or so long as is told then), first after that time, until the signal fires. What fails
 * is told, and done again then.
 */
export async function nowAndThen(
  clock: Clock,
  everyMs: number | (() => number),
  signal: AbortSignal,
  { work, onError }: { readonly work: () => Promise<unknown>; readonly onError: (error: unknown) => void },
): Promise<void> {
  for (;;) {
    const ms = typeof everyMs === 'number' ? everyMs : everyMs();
    await clock.sleep(ms, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
  }
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly lastDelayMs: number;
  readonly signal: AbortSignal;
}

/** Repeats work that fails, with doubled delays; rejects with the last failure. */
export async function withRetries<T>(options: RetryOptions, work: () => Promise<T>): Promise<T> {
  const { clock, attempts, lastDelayMs, signal } = options;
  let delayMs = options.firstDelayMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= attempts || signal.aborted) throw error;
    }
    await clock.sleep(delayMs, signal);
    delayMs = Math.min(delayMs * 2, lastDelayMs);
  }
}

/** Resolves true when `event` comes within `ms`, false when not. Rejects when the signal fires first. */
export async function happensWithin(
  event: Promise<unknown>,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const timer = new AbortController();
  const cancel = (): void => timer.abort();
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  const slept = clock.sleep(Math.max(ms, 0), timer.signal).then(() => false);
  slept.catch(() => undefined);
  try {
    return await Promise.race([event.then(() => true), slept]);
  } finally {
    signal.removeEventListener('abort', cancel);
    timer.abort();
  }
}
