/**
 * The tunnels of mounts, and the network namespaces in which they listen: one for each mount, pinned beside it by the
 * name `<mount point>.net`. No process is ever in one, so nobody but the kernel's client can connect to the tunnel.
 */
import { closeSync } from 'node:fs';
import { Namespaces } from '../../linux/namespace.ts';
import { setLinkUp } from '../../linux/netlink/links.ts';
import { RouteSocket } from '../../linux/netlink/route-socket.ts';
import type { Within } from '../../linux/sockets.ts';
import type { Dialer } from '../../ports/dialer.ts';
import type { Logger } from '../../ports/logger.ts';
import type { MountGrants } from '../../ports/mount-grants.ts';
import type { MountPlace } from '../file-system-places/mount-places.ts';
import { ClientCertificates } from './client-certificates.ts';
import { type MountRecord, NFS_PORT } from './mount-record.ts';
import { Tunnel } from './tunnel.ts';

const LOOPBACK_INDEX = 1;
const SUFFIX = '.net';

export interface TunnelsOptions {
  readonly dialer: (taskId: string) => Dialer;
  /** PEM of the authorities that servers' certificates may be of. */
  readonly authorities: readonly string[];
  readonly grants: MountGrants;
  readonly logger: Logger;
}

export class Tunnels {
  readonly #options: TunnelsOptions;
  readonly #certificates: ClientCertificates;
  readonly #namespaces = new Namespaces('/');
  /** By the mount's path. */
  readonly #open = new Map<string, Tunnel>();

  constructor(options: TunnelsOptions) {
    this.#options = options;
    this.#certificates = new ClientCertificates(options.grants);
  }

  /** Makes the namespace and the tunnel of a mount; what is there of them stays. */
  async open(place: MountPlace, record: MountRecord, port: number): Promise<Tunnel> {
    const open = this.#open.get(place.path);
    if (open !== undefined) return open;
    const { dialer, authorities, logger } = this.#options;
    this.#makeNamespace(place.path + SUFFIX);
    const tunnel = new Tunnel({
      within: this.within(place),
      port,
      dial: (signal) => dialer(record.taskId).connect({ host: record.host, port: NFS_PORT }, signal),
      client: this.#certificates.client(record.grant, record.taskId),
      serverName: record.serverName,
      authorities,
      logger: logger.child({ taskId: record.taskId, fileSystemId: record.grant.fileSystemId }),
    });
    await tunnel.open();
    this.#open.set(place.path, tunnel);
    return tunnel;
  }

  /** Acts in the namespace of a mount with a tunnel. */
  within({ path }: MountPlace): Within {
    return (action) => this.#namespaces.insideNamed(path + SUFFIX, action);
  }

  /** Acts in a namespace that somebody else has pinned. */
  withinOther(namespacePath: string): Within {
    return (action) => this.#namespaces.insideNamed(namespacePath, action);
  }

  /** Takes away a tunnel with its namespace, of which there may be none. May be repeated. */
  remove({ path }: MountPlace): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
    this.#namespaces.unpin(path + SUFFIX);
  }

  /** Namespaces stay: mounts outlive this process. */
  close(): void {
    for (const tunnel of this.#open.values()) tunnel.close();
    this.#open.clear();
    this.#namespaces.close();
  }

  #makeNamespace(name: string): void {
    if (this.#namespaces.isPinned(name)) return;
    this.#namespaces.unpin(name);
    const namespace = this.#namespaces.create();
    try {
      const socket = this.#namespaces.inside(namespace, () => new RouteSocket());
      try {
        socket.request(setLinkUp(LOOPBACK_INDEX));
      } finally {
        socket.close();
      }
      this.#namespaces.pin(namespace, name);
    } finally {
      closeSync(namespace);
    }
  }
}
