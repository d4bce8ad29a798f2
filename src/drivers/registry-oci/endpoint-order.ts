/**
 * Tries a registry's mirrors and then the registry itself, until one has what is asked for. What the registry itself
 * says is what is told; a mirror's failures are not. A mirror that did not work is left out for some time, for requests
 * of the same network only: another task may well reach it.
 */
import { toAppError } from '../../domain/errors.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { RegistryContext } from '../../ports/registry.ts';
import type { Endpoint } from './endpoints.ts';

const REST_MS = 60_000;

export class EndpointOrder {
  readonly #resting = new WeakMap<Dialer, Map<string, number>>();

  /** Resolves with the first endpoint's result; rejects with what the last one, the registry, said. */
  async first<T>(
    endpoints: readonly Endpoint[],
    context: RegistryContext,
    work: (endpoint: Endpoint) => Promise<T>,
  ): Promise<T> {
    for (const endpoint of this.awake(endpoints, context)) {
      try {
        return await work(endpoint);
      } catch (error) {
        if (!this.mayGoOn(error, endpoint, context)) throw error;
      }
    }
    throw new Error('a registry has itself for its last endpoint');
  }

  /** Without the mirrors that are left out now. */
  awake(endpoints: readonly Endpoint[], { dialer }: RegistryContext): Endpoint[] {
    const resting = this.#resting.get(dialer);
    const now = performance.now();
    return endpoints.filter(({ base, isMirror }) => !isMirror || (resting?.get(base.href) ?? 0) <= now);
  }

  /** Notes what went wrong at an endpoint; true when the next one is to be asked. */
  mayGoOn(error: unknown, endpoint: Endpoint, { dialer, signal }: RegistryContext): boolean {
    if (!endpoint.isMirror || signal?.aborted === true) return false;
    // What it has not, or does not give to everybody, says nothing about other content.
    if (toAppError(error).kind === 'not-found') return true;
    const resting = this.#resting.get(dialer) ?? new Map<string, number>();
    resting.set(endpoint.base.href, performance.now() + REST_MS);
    this.#resting.set(dialer, resting);
    return true;
  }
}
