/**
 * Work of which whoever asked for it may give up waiting, and which goes on all the same. containerd leaves shims, mounts and
 * cgroups behind where the making of a container is broken off half-way; so it is brought to its end, and undone then.
 */
import { abortedError, assertNotAborted } from './aborted.ts';

export class UnbrokenWork {
  readonly #running = new Map<string, Promise<unknown>>();

  /** Resolves with what the work does; rejects at once when the signal fires. One work a container at a time. */
  async run<T>(id: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    assertNotAborted(signal);
    const result = work();
    const ended = result.catch(() => undefined);
    this.#running.set(id, ended);
    void ended.then(() => {
      if (this.#running.get(id) === ended) this.#running.delete(id);
    });
    return untilAborted(result, signal);
  }

  /** Whether something is being done to a container. */
  isRunning(id: string): boolean {
    return this.#running.has(id);
  }

  /** Waits for what is being done to a container; rejects at once when the signal fires. */
  async settled(id: string, signal: AbortSignal): Promise<void> {
    await untilAborted(Promise.resolve(this.#running.get(id)), signal);
  }
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let give: () => void = () => undefined;
  const given = new Promise<never>((_, reject) => {
    give = () => reject(abortedError(signal));
    signal.addEventListener('abort', give, { once: true });
  });
  try {
    assertNotAborted(signal);
    return await Promise.race([work, given]);
  } finally {
    signal.removeEventListener('abort', give);
  }
}
