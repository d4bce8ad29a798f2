/** Opens TCP connections from some network namespace. */
import type { Socket } from 'node:net';

export interface DialTarget {
  /** A host name or an IPv4 address. */
  readonly host: string;
  readonly port: number;
}

export interface Dialer {
  /**
   * Resolves with a connected socket; rejects with kind `unavailable` (refused, unreachable, name unknown),
   * `deadline` (no answer in time) or `aborted`. `details.syscallCode` holds the errno name where there is one,
   * `details.address` the address that was tried.
   */
  connect(target: DialTarget, signal?: AbortSignal): Promise<Socket>;
}
