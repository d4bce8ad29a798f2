/** Mounting and unmounting within a time, and again and again as amazon-efs-utils does. */
import { isIPv4 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MOUNT_ATTEMPT_S, MOUNT_ATTEMPTS } from '../../domain/efs/mount-words.ts';
import { AppError, hasKind, toAppError } from '../../domain/errors.ts';
import type { Within } from '../../linux/sockets.ts';
import type { MountPlace, MountPlaces } from '../file-system-places/mount-places.ts';
import { mountOptions, type ServerAddress } from './mount-options.ts';
import type { MountProcess } from './mount-process.ts';
import { attemptWords, mountFailure, mountTimeout, reasonToRetry, unresolved } from './mount-words.ts';

const ATTEMPT_MS = MOUNT_ATTEMPT_S * 1000;
const RETRY_PAUSE_MS = 1000;
const REACH_PAUSE_MS = 100;
/** For what is still to be written to a server that answers. */
const UNMOUNT_MS = 10_000;
const FORCED_UNMOUNT_MS = 5000;

export interface KernelMountsOptions {
  readonly process: MountProcess;
  readonly places: MountPlaces;
  /** Default 15 s. */
  readonly attemptMs?: number;
  /** Before another attempt after a connection was reset; default 1 s. */
  readonly retryPauseMs?: number;
  /** For an unmount in peace; default 10 s. */
  readonly unmountMs?: number;
}

export interface WantedMount {
  readonly place: MountPlace;
  /** As /proc/mounts and messages have it. */
  readonly source: string;
  /** The client's name for the server. */
  readonly hostname: string;
  readonly within: Within;
  /** Of the server, as the task calls it: a name or an address. */
  readonly serverName: string;
  /** Through a tunnel, which hides why a server cannot be reached. */
  readonly encrypted: boolean;
  /** Resolves with where the kernel finds the server, when that answers; else throws as a dialer does. */
  reach(signal: AbortSignal): Promise<ServerAddress>;
}

export class KernelMounts {
  readonly #options: KernelMountsOptions;

  constructor(options: KernelMountsOptions) {
    this.#options = options;
  }

  /** Throws in the words of mount.nfs4 and efs-utils. What is half mounted then is for `unmount`. */
  async mount(wanted: WantedMount, signal: AbortSignal): Promise<void> {
    const { attemptMs = ATTEMPT_MS, retryPauseMs = RETRY_PAUSE_MS } = this.#options;
    const { source, place } = wanted;
    const earlier: string[] = [];
    for (let number = 1; ; number += 1) {
      const outcome = await this.#attempt(wanted, attemptMs, signal);
      if (outcome === 'done') return;
      const reason = reasonToRetry(outcome, attemptMs);
      if (reason === undefined || number === MOUNT_ATTEMPTS) {
        throw outcome === 'timeout'
          ? mountTimeout(earlier)
          : mountFailure(outcome, { source, path: place.path }, earlier);
      }
      const waitMs = outcome === 'timeout' ? 0 : retryPauseMs;
      earlier.push(attemptWords(number, reason, waitMs));
      await sleep(waitMs, undefined, { signal });
    }
  }

  /**
   * Unmounts, in peace where the server answers: what was written gets there. Else what is under way is given up, and
   * the mount goes with its last user. `unavailable` when it is still there after that.
   */
  async unmount(place: MountPlace): Promise<void> {
    const { process, places, unmountMs = UNMOUNT_MS } = this.#options;
    for (const force of [false, true]) {
      if (!(await places.isMounted(place))) return;
      await process.run({
        command: { does: 'unmount', path: place.path, force },
        within: (action) => action(),
        timeoutMs: force ? FORCED_UNMOUNT_MS : unmountMs,
      });
    }
    if (await places.isMounted(place)) {
      throw new AppError('unavailable', `${place.path} cannot be unmounted`);
    }
  }

  async #attempt(wanted: WantedMount, attemptMs: number, signal: AbortSignal): Promise<string> {
    const { place, source, hostname, within } = wanted;
    const { process, places } = this.#options;
    const began = performance.now();
    const late = AbortSignal.timeout(attemptMs);
    const reached = await reachBefore(late, signal, wanted);
    if (typeof reached === 'string') return reached;
    const outcome = await process.run({
      command: { does: 'mount', source, path: place.path, options: mountOptions(reached), hostname },
      within,
      timeoutMs: Math.max(0, Math.ceil(attemptMs - (performance.now() - began))),
      signal,
    });
    // It may have been killed just after it was done.
    return outcome === 'timeout' && (await places.isMounted(place)) ? 'done' : outcome;
  }
}

/** The server's address, or the outcome of an attempt without it. */
async function reachBefore(
  late: AbortSignal,
  signal: AbortSignal,
  wanted: WantedMount,
): Promise<ServerAddress | string> {
  const { serverName, encrypted } = wanted;
  const end = AbortSignal.any([late, signal]);
  for (;;) {
    try {
      return await wanted.reach(end);
    } catch (error) {
      signal.throwIfAborted();
      if (late.aborted) return 'timeout';
      const { address, syscallCode } = toAppError(error).details;
      if (address === serverName && !isIPv4(serverName)) throw unresolved(serverName, error);
      if (hasKind(error, 'deadline')) {
        // A connection has less time than an attempt.
        await sleep(REACH_PAUSE_MS, undefined, { signal });
        continue;
      }
      if (encrypted) return 'ECONNRESET';
      return typeof syscallCode === 'string' ? syscallCode : 'EIO';
    }
  }
}
