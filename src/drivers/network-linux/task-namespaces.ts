/**
 * Empty namespaces for tasks, with their settings made. A few wait ready, because making one takes a millisecond;
 * they have no name yet, so they end with the process.
 */
import { closeSync } from 'node:fs';
import type { Namespaces } from '../../linux/namespace.ts';
import { setLinkUp } from '../../linux/netlink/links.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import { type SysctlName, writeSysctl } from '../../linux/sysctl.ts';

const REFILL_PAUSE_MS = 5;
const LOOPBACK_INDEX = 1;
const ipv4 = (scope: string, name: string): SysctlName => ['net', 'ipv4', 'conf', scope, name];

/** A new namespace takes some of these from the host; a task's are always the same. */
const SETTINGS: readonly (readonly [SysctlName, number])[] = [
  [['net', 'ipv4', 'ip_forward'], 0],
  ...['all', 'default'].flatMap((scope): [SysctlName, number][] => [
    [ipv4(scope, 'rp_filter'), 1],
    [ipv4(scope, 'accept_redirects'), 0],
    [ipv4(scope, 'send_redirects'), 0],
    [ipv4(scope, 'accept_source_route'), 0],
  ]),
  // Subnets are IPv4: no IPv6 on interfaces that come. `lo` keeps ::1.
  [['net', 'ipv6', 'conf', 'default', 'disable_ipv6'], 1],
];

export interface EmptyNamespace {
  readonly namespace: number;
  /** Acts in the namespace. */
  readonly socket: RouteSocket;
}

/** Lets go of an empty namespace (or of our hold on one that has a name by now). */
export function release({ namespace, socket }: EmptyNamespace): void {
  socket.close();
  closeSync(namespace);
}

export class NamespacePool {
  readonly #namespaces: Namespaces;
  readonly #size: number;
  readonly #ready: EmptyNamespace[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(namespaces: Namespaces, size: number) {
    this.#namespaces = namespaces;
    this.#size = size;
  }

  /** One namespace, to be given back by `release`. */
  take(): EmptyNamespace {
    const empty = this.#ready.pop() ?? this.#make();
    this.refill();
    return empty;
  }

  /** Fills up, one at a time, when nothing else is to be done. */
  refill(): void {
    if (this.#timer !== undefined || this.#closed || this.#ready.length >= this.#size) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      try {
        this.#ready.push(this.#make());
        this.refill();
      } catch {
        // Whoever needs one next sees the reason.
      }
    }, REFILL_PAUSE_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const empty of this.#ready.splice(0)) release(empty);
  }

  #make(): EmptyNamespace {
    const namespace = this.#namespaces.create();
    try {
      const socket = this.#namespaces.inside(namespace, () => {
        for (const [name, value] of SETTINGS) writeSysctl(name, value);
        return new RouteSocket();
      });
      socket.request(setLinkUp(LOOPBACK_INDEX));
      return { namespace, socket };
    } catch (error) {
      closeSync(namespace);
      throw error;
    }
  }
}
