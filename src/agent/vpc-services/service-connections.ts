/**
 * The connections of tasks that listeners inside VPCs have accepted. Each interface may have so many at once; further
 * ones are refused.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '../../ports/logger.ts';
import { joinStreams } from '../joined-streams.ts';

const EACH = 256;
/** Of a task that has gone nothing more comes, not even an end. */
const SILENT_MS = 15 * 60_000;

export class ServiceConnections {
  readonly #logger: Logger;
  readonly #most: number;
  readonly #bySource = new Map<string, number>();
  #all = 0;

  /** `most` of all interfaces together. */
  constructor(logger: Logger, most: number) {
    this.#logger = logger;
    this.#most = most;
  }

  /** Serves a connection here, if there may be one more. `source` tells the interface. */
  hold(source: string, socket: Socket, serve: () => void): void {
    socket.on('error', () => undefined);
    if (this.#admit(source, socket)) serve();
    else socket.resetAndDestroy();
  }

  /** Carries a connection to where its service is; `open` begins the one to it. */
  carry(source: string, socket: Socket, open: () => Duplex): void {
    this.hold(source, socket, () => this.#join(source, socket, open()));
  }

  #join(source: string, socket: Socket, upstream: Duplex): void {
    const end = (error?: Error): void => {
      upstream.destroy();
      if (error === undefined) {
        socket.destroy();
        return;
      }
      this.#logger.debug('vpc service: a connection broke off', { source, error });
      // Not an end that could be taken for a whole answer.
      socket.resetAndDestroy();
    };
    socket.setTimeout(SILENT_MS, () => end());
    joinStreams(socket, upstream, end);
  }

  #admit(source: string, socket: Socket): boolean {
    const has = this.#bySource.get(source) ?? 0;
    if (has >= EACH || this.#all >= this.#most) return false;
    this.#bySource.set(source, has + 1);
    this.#all += 1;
    socket.once('close', () => {
      this.#all -= 1;
      const left = (this.#bySource.get(source) ?? 1) - 1;
      if (left === 0) this.#bySource.delete(source);
      else this.#bySource.set(source, left);
    });
    return true;
  }
}
