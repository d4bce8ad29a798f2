/** Connects from a task's namespace: names become addresses, addresses become sockets that leave by the task's ENI. */
import { lookup } from 'node:dns/promises';
import { type Socket, isIPv4, isIPv6 } from 'node:net';
import { AppError, toAppError } from '../../domain/errors.ts';
import { nodeError } from '../../linux/errno.ts';
import { type Within, connectTcp } from '../../linux/sockets.ts';
import type { DialTarget, Dialer } from '../../ports/dialer.ts';

/** More addresses of one name are not tried. */
const MAX_ADDRESSES = 4;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

export type Resolve = (host: string) => Promise<readonly string[]>;

export interface DialerOptions {
  readonly resolve: Resolve;
  /** For all addresses of a name together. */
  readonly connectTimeoutMs: number;
  /** Runs an action in the host's namespace. */
  readonly host: Within;
}

/** IPv4 addresses of a name, by the machine's own resolver. */
export async function resolveOnHost(host: string): Promise<string[]> {
  const found = await lookup(host, { family: 4, all: true });
  return found.map((entry) => entry.address);
}

export class NamespaceDialer implements Dialer {
  readonly #within: Within;
  readonly #options: DialerOptions;
  readonly #onSocket: (socket: Socket) => void;

  /** `onSocket` is told of every connection, so that they can be ended with their namespace. */
  constructor(within: Within, options: DialerOptions, onSocket: (socket: Socket) => void) {
    this.#within = within;
    this.#options = options;
    this.#onSocket = onSocket;
  }

  async connect({ host, port }: DialTarget, signal?: AbortSignal): Promise<Socket> {
    const deadline = AbortSignal.timeout(this.#options.connectTimeoutMs);
    const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    let address = host;
    try {
      // A registry or service on the machine's loopback belongs to the machine, not to the task.
      if (LOOPBACK.test(host)) {
        address = isIPv4(host) ? host : '127.0.0.1';
        return await connectTcp(this.#options.host, address, port, either);
      }
      const addresses = await unlessAborted(this.#addressesOf(host), either);
      for (const [index, candidate] of addresses.entries()) {
        address = candidate;
        // The time that is left is shared by the addresses that are left.
        const last = index === addresses.length - 1;
        const share = last ? either : AbortSignal.any([either, this.#share(addresses.length)]);
        try {
          const socket = await connectTcp(this.#within, address, port, share);
          this.#onSocket(socket);
          return socket;
        } catch (error) {
          if (last || either.aborted) throw error;
        }
      }
      throw new AppError('unavailable', `${host} has no IPv4 address`);
    } catch (error) {
      throw dialError(error, { target: `${host}:${port}`, address, aborted: signal?.aborted === true });
    }
  }

  async #addressesOf(host: string): Promise<readonly string[]> {
    if (isIPv4(host)) return [host];
    if (isIPv6(host.replace(/^\[|\]$/g, ''))) throw new AppError('unavailable', 'tasks have no IPv6');
    return (await this.#options.resolve(host)).slice(0, MAX_ADDRESSES);
  }

  #share(addresses: number): AbortSignal {
    return AbortSignal.timeout(Math.ceil(this.#options.connectTimeoutMs / addresses));
  }
}

interface Attempt {
  readonly target: string;
  readonly address: string;
  readonly aborted: boolean;
}

/** One of the three kinds that the port promises. */
function dialError(error: unknown, { target, address, aborted }: Attempt): AppError {
  if (aborted) return new AppError('aborted', `connecting to ${target} was given up`, { cause: error });
  const timedOut = (error as { name?: unknown }).name === 'TimeoutError';
  const failure = timedOut ? toAppError(error) : nodeError(error, `connect to ${target}`);
  const syscallCode = timedOut ? 'ETIMEDOUT' : failure.details['syscallCode'];
  const dnsServer = failure.details['dnsServer'];
  const details = {
    address,
    ...(syscallCode !== undefined && { syscallCode }),
    ...(dnsServer !== undefined && { dnsServer }),
  };
  if (timedOut || failure.kind === 'deadline') {
    return new AppError('deadline', `no answer from ${target} (${address})`, { cause: error, details });
  }
  return new AppError('unavailable', failure.message, { cause: error, details });
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
