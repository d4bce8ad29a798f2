/**
 * Blobs on their way to this machine, each fetched by one pull at a time. Who needs the same blob waits for its turn: it
 * finds the blob there, or goes on with it by its own network from the byte where the one before got to. A turn ends with
 * an attempt, however it went; one that does not get on while others wait is taken away, after growing patience.
 */
import type { Clock } from '../../ports/clock.ts';
import { Limiter } from '../limiter.ts';

export interface TurnMember {
  readonly signal: AbortSignal;
  /** Told how many bytes of the blob are there, whoever fetches them. */
  readonly onBytes: (bytes: number) => void;
  /** Called once when somebody else has the turn. */
  readonly onWait: () => Promise<void>;
}

export interface Turn {
  /** Fires when the member leaves, or the turn is taken away. */
  readonly signal: AbortSignal;
  readonly tell: (bytes: number) => void;
}

interface Fetch {
  readonly one: Limiter;
  readonly members: Set<TurnMember>;
  patienceMs: number;
  movedAt: number;
  holder: AbortController | undefined;
}

export class BlobTurns {
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #fetches = new Map<string, Fetch>();

  constructor(clock: Clock, patienceMs: number) {
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /** Resolves with true when `work` is done, with false when the turn was taken away: it is to be asked for again. */
  async run(digest: string, member: TurnMember, work: (turn: Turn) => Promise<void>): Promise<boolean> {
    const fetch = this.#fetchOf(digest);
    fetch.members.add(member);
    const waiting = new AbortController();
    try {
      if (fetch.members.size > 1) {
        void this.#watch(fetch, waiting.signal);
        await member.onWait();
      }
      return await fetch.one.run(() => {
        waiting.abort();
        return this.#hold(fetch, member, work);
      }, member.signal);
    } finally {
      waiting.abort();
      fetch.members.delete(member);
      if (fetch.members.size === 0) this.#fetches.delete(digest);
    }
  }

  #fetchOf(digest: string): Fetch {
    const known = this.#fetches.get(digest);
    if (known !== undefined) return known;
    const fetch: Fetch = {
      one: new Limiter(1),
      members: new Set(),
      patienceMs: this.#patienceMs,
      movedAt: this.#clock.now(),
      holder: undefined,
    };
    this.#fetches.set(digest, fetch);
    return fetch;
  }

  async #hold(fetch: Fetch, member: TurnMember, work: (turn: Turn) => Promise<void>): Promise<boolean> {
    const holder = new AbortController();
    fetch.holder = holder;
    fetch.movedAt = this.#clock.now();
    const tell = (bytes: number): void => {
      fetch.movedAt = this.#clock.now();
      fetch.patienceMs = this.#patienceMs;
      for (const each of fetch.members) each.onBytes(bytes);
    };
    try {
      await work({ signal: AbortSignal.any([holder.signal, member.signal]), tell });
      return true;
    } catch (error) {
      if (holder.signal.aborted && !member.signal.aborted) return false;
      throw error;
    } finally {
      fetch.holder = undefined;
    }
  }

  /** Takes the turn away from one who does not get on. Ends when the wait does. */
  async #watch(fetch: Fetch, signal: AbortSignal): Promise<void> {
    for (;;) {
      const idleMs = this.#clock.now() - fetch.movedAt;
      if (idleMs >= fetch.patienceMs && fetch.holder !== undefined) {
        fetch.patienceMs *= 2;
        fetch.holder.abort();
      }
      const restMs = Math.max(1, fetch.patienceMs - Math.min(idleMs, fetch.patienceMs / 2));
      await this.#clock.sleep(restMs, signal).catch(() => undefined);
      if (signal.aborted) return;
    }
  }
}
