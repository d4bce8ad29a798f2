/**
 * Work that fills a directory, ended when what it has written is too much: what a layer grows to is known to nobody before
 * it is unpacked, and a few bytes of it can be made to fill any disk. Looking takes a walk through all its files, so it
 * is done now and then, the more seldom the longer it takes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../../domain/errors.ts';

export interface Bounds {
  /** What has been written; may fail while nothing has. */
  readonly bytes: () => Promise<number>;
  readonly maxBytes: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const LOOK_EVERY_MS = 2000;
/** Share of the time that looking may take. */
const LOOKING_SHARE = 0.1;

/** Rejects as `work` does, or as `noRoom`; the signal that `work` is given fires then. */
export async function bounded<T>(bounds: Bounds, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const [outgrown, done] = [new AbortController(), new AbortController()];
  const watching = watch(bounds, outgrown, done.signal);
  const outer = bounds.signal === undefined ? [] : [bounds.signal];
  try {
    return await work(AbortSignal.any([outgrown.signal, ...outer]));
  } catch (error) {
    throw outgrown.signal.aborted ? noRoom() : error;
  } finally {
    done.abort();
    await watching;
  }
}

/** As of a disk that is full. */
export function noRoom(): AppError {
  return new AppError('failed-precondition', 'no space left on device', { details: { errno: 'ENOSPC' } });
}

async function watch(
  { bytes, maxBytes, everyMs = LOOK_EVERY_MS }: Bounds,
  outgrown: AbortController,
  done: AbortSignal,
): Promise<void> {
  for (let pauseMs = everyMs; ; ) {
    await sleep(pauseMs, undefined, { signal: done }).catch(() => undefined);
    if (done.aborted) return;
    const startedAt = performance.now();
    if ((await bytes().catch(() => 0)) > maxBytes) return outgrown.abort();
    pauseMs = Math.max(everyMs, (performance.now() - startedAt) / LOOKING_SHARE);
  }
}
