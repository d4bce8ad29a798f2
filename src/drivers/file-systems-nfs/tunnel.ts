/**
 * One mount's way to its server by TLS, as efs-proxy and stunnel are for amazon-efs-utils: it listens where the
 * kernel's NFS client is, and connects from the task's namespace. Whoever can connect to it is the mount's client, so
 * it listens in a namespace in which nobody else is.
 */
import type { Server, Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/errors.ts';
import { nodeError } from '../../linux/errno.ts';
import { listenTcp, type Within } from '../../linux/sockets.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MountClient } from './client-certificates.ts';

const LOOPBACK = '127.0.0.1';
/** As efs-utils sets it: a server that says nothing for so long has gone, and the kernel asks again on a new connection. */
const IDLE_MS = 70_000;
/** The kernel waits longer and longer before it connects again; so it is kept while the server cannot be reached. */
const RECONNECT_MS = 30_000;
const RECONNECT_PAUSE_MS = 500;

export interface TunnelOptions {
  /** Where the kernel's client is. */
  readonly within: Within;
  readonly port: number;
  /** A connection to the server. */
  readonly dial: (signal: AbortSignal) => Promise<Socket>;
  readonly client: MountClient;
  /** That the server's certificate must be for: a host name or an IPv4 address. */
  readonly serverName: string;
  /** PEM of the authorities to believe. */
  readonly authorities: readonly string[];
  readonly logger: Logger;
}

export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #life = new AbortController();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(options: TunnelOptions) {
    this.#options = options;
  }

  /** Begins to listen. */
  async open(): Promise<void> {
    const { within, port } = this.#options;
    this.#server = await listenTcp(within, LOOPBACK, port, (socket) => void this.#carry(socket));
  }

  /** Whether the server answers: one connection, made and closed. Throws what keeps it from being made. */
  async reach(signal: AbortSignal): Promise<void> {
    (await this.#connect(signal)).destroy();
  }

  /** Ends all connections; nobody may make one with the client's certificate any more. */
  close(): void {
    this.#life.abort();
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#options.client.end();
  }

  async #carry(local: Socket): Promise<void> {
    this.#hold(local);
    local.setNoDelay(true);
    try {
      const upstream = await this.#connectAgain();
      const end = (): void => {
        local.destroy();
        upstream.destroy();
      };
      if (local.destroyed) return end();
      upstream.setTimeout(IDLE_MS, end);
      for (const socket of [local, upstream]) socket.on('close', end);
      local.pipe(upstream);
      upstream.pipe(local);
    } catch (error) {
      this.#options.logger.warn('efs: the server of a mount cannot be reached', { error });
      local.resetAndDestroy();
    }
  }

  /** To a server that was there before. */
  async #connectAgain(): Promise<TLSSocket> {
    const { signal } = this.#life;
    const end = AbortSignal.any([signal, AbortSignal.timeout(RECONNECT_MS)]);
    for (;;) {
      try {
        return await this.#connect(end);
      } catch (error) {
        if (end.aborted) throw error;
        await sleep(RECONNECT_PAUSE_MS, undefined, { signal: end });
      }
    }
  }

  async #connect(signal: AbortSignal): Promise<TLSSocket> {
    const { dial, client, serverName, authorities } = this.#options;
    const socket = await dial(signal);
    socket.setNoDelay(true);
    const secure = connect({
      ...{ socket, ca: [...authorities], ...client.identity(), minVersion: 'TLSv1.2' },
      ...(isAddress(serverName) ? { host: serverName } : { servername: serverName }),
    });
    this.#hold(secure);
    try {
      await whenSecure(secure, signal);
      return secure;
    } catch (error) {
      secure.destroy();
      socket.destroy();
      throw error;
    }
  }

  #hold(socket: Socket): void {
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
    this.#sockets.add(socket);
    if (this.#life.signal.aborted) socket.destroy();
  }
}

function whenSecure(socket: TLSSocket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else reject(error === signal.reason ? error : nodeError(error, 'TLS with the server'));
    };
    const onAbort = (): void => settle(signal.reason);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    socket.once('secureConnect', () => settle());
    socket.once('error', settle);
    socket.once('close', () => settle(new AppError('unavailable', 'TLS with the server: it hung up', RESET)));
  });
}

const RESET = { details: { syscallCode: 'ECONNRESET' } };

function isAddress(name: string): boolean {
  return /^[\d.]+$/.test(name);
}
