/** A dialer in the machine's own network, for tests. Notes what it was asked for; names can be made up. */
import { connect, type Socket } from 'node:net';
import { AppError } from '../../../src/domain/errors.ts';
import type { Dialer, DialTarget } from '../../../src/ports/dialer.ts';

export class HostDialer implements Dialer {
  readonly dialled: DialTarget[] = [];
  readonly #places: Readonly<Record<string, DialTarget | AppError | 'hang'>>;

  /** Where made-up names (`registry.test`) lead: to a place on loopback, to a failure, or nowhere at all. */
  constructor(places: Readonly<Record<string, DialTarget | AppError | 'hang'>> = {}) {
    this.#places = places;
  }

  async connect(target: DialTarget, signal?: AbortSignal): Promise<Socket> {
    this.dialled.push(target);
    const place = this.#places[target.host] ?? target;
    if (place instanceof AppError) throw place;
    return new Promise((resolve, reject) => {
      const socket = place === 'hang' ? undefined : connect(place.port, place.host);
      const abort = (): void => {
        socket?.destroy();
        reject(new AppError('aborted', 'aborted', { details: { address: '192.0.2.1' } }));
      };
      signal?.addEventListener('abort', abort, { once: true });
      socket?.once('connect', () => {
        signal?.removeEventListener('abort', abort);
        resolve(socket);
      });
      socket?.once('error', (error: NodeJS.ErrnoException) => {
        const details = { syscallCode: error.code, address: target.host };
        reject(new AppError('unavailable', 'connection failed', { cause: error, details }));
      });
    });
  }
}
