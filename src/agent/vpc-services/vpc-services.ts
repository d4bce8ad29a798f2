/**
 * What a VPC offers to its tasks on addresses of its own: name resolution, the AWS services, file systems, registries of
 * the host.
 * Listeners live inside the VPC's namespace, as its newest picture wants them; connections are carried on by this
 * process, so that nothing of the host itself can be reached from a task.
 */
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { outsideAddress } from '../../domain/network/outside-address.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { serveDnsStream } from './dns-stream.ts';
import { ServiceConnections } from './service-connections.ts';
import type { VpcResolver } from './vpc-resolver.ts';
import { type ServicePlaces, type WantedListener, wantedListeners } from './wanted-listeners.ts';

/** What a connection was made to. */
export interface ServiceTarget {
  /** AWS's short name, or `*` for any. */
  readonly service: string;
  /** The address; there where the task speaks TLS. */
  readonly secureAt?: string;
  /** Who made it, as the internet sees him; there where it came by the internet. */
  readonly sourceIp?: string;
  /** The VPC endpoint by which it was made, and by whom. */
  readonly by?: { readonly endpointId: string; readonly vpcId: string; readonly address: string };
}

/** Who serves the file systems that have mount targets in VPCs. */
export interface ServedFileSystems {
  /** From now on the VPC is as the picture says. */
  know(picture: VpcPicture): void;
  forget(vpcId: string): void;
  /** Takes over a connection to a mount target, until its end. */
  serve(target: { readonly vpcId: string; readonly fileSystemId: string }, socket: Socket): Promise<void>;
}

export interface VpcServicesDeps {
  readonly network: TaskNetwork;
  readonly resolver: VpcResolver;
  readonly places: ServicePlaces;
  /** Begins a connection to a service of Neargate. */
  readonly openService: (target: ServiceTarget) => Duplex;
  /** The public address of this machine's interface in a VPC that has the private one; undefined: it has none. */
  readonly publicAddressOf: (vpcId: string, privateAddress: string) => string | undefined;
  readonly fileSystems: ServedFileSystems;
  /** Of connections of all tasks at a time; further ones are refused. */
  readonly mostConnections: number;
  readonly logger: Logger;
}

/** The network, whose VPCs now also have their services. Lasts until the signal fires. */
export function withVpcServices(deps: VpcServicesDeps, signal: AbortSignal): TaskNetwork {
  const { network, resolver, fileSystems } = deps;
  const services = new VpcServices(deps, signal);
  return {
    async applyVpc(vpc) {
      // Whatever becomes of the network: what serves a file system that is known stays.
      fileSystems.know(vpc);
      await network.applyVpc(vpc);
      resolver.know(vpc);
      await services.apply(vpc);
    },
    async removeVpc(vpcId) {
      await network.removeVpc(vpcId);
      services.forget(vpcId);
      resolver.forget(vpcId);
      fileSystems.forget(vpcId);
    },
    listVpcs: () => network.listVpcs(),
    attach: (taskId, eni) => network.attach(taskId, eni),
    detach: (taskId) => network.detach(taskId),
    listAttached: () => network.listAttached(),
    counters: (taskId) => network.counters(taskId),
    dialer: (taskId) => network.dialer(taskId),
    serveInVpc: (...args) => network.serveInVpc(...args),
    serveInTask: (...args) => network.serveInTask(...args),
    serveDatagramsInVpc: (...args) => network.serveDatagramsInVpc(...args),
    watchFlows: (...args) => network.watchFlows(...args),
    close: () => network.close(),
  };
}

interface Listening {
  /** What it does: another role at the same place takes its place. */
  readonly role: string;
  readonly end: AbortController;
}

class VpcServices {
  readonly #deps: VpcServicesDeps;
  readonly #signal: AbortSignal;
  readonly #connections: ServiceConnections;
  /** By VPC, then by place. */
  readonly #listening = new Map<string, Map<string, Listening>>();
  readonly #pictures = new Map<string, VpcPicture>();

  constructor(deps: VpcServicesDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#connections = new ServiceConnections(deps.logger, deps.mostConnections);
  }

  /** Starts and ends listeners as the picture wants it; what failed is tried again by the next call. */
  async apply(picture: VpcPicture): Promise<void> {
    this.#pictures.set(picture.vpcId, picture);
    const present = this.#listening.get(picture.vpcId) ?? new Map<string, Listening>();
    this.#listening.set(picture.vpcId, present);
    const wanted = new Map(wantedListeners(picture, this.#deps.places).map((each) => [placeOf(each), each]));
    for (const [place, { role, end }] of present) {
      const successor = wanted.get(place);
      if (successor !== undefined && roleOf(successor) === role) continue;
      present.delete(place);
      end.abort();
    }
    const missing = [...wanted].filter(([place]) => !present.has(place));
    const outcomes = await Promise.allSettled(
      missing.map(async ([place, listener]) => {
        const end = new AbortController();
        await this.#listen(picture.vpcId, listener, AbortSignal.any([end.signal, this.#signal]));
        present.set(place, { role: roleOf(listener), end });
      }),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  forget(vpcId: string): void {
    for (const { end } of this.#listening.get(vpcId)?.values() ?? []) end.abort();
    this.#listening.delete(vpcId);
    this.#pictures.delete(vpcId);
  }

  async #listen(vpcId: string, { address, port, role }: WantedListener, signal: AbortSignal): Promise<void> {
    const { network, resolver } = this.#deps;
    if (role.type === 'dns' && role.transport === 'udp') {
      const answer = async (message: Buffer, from: { address: string }) => {
        const found = await resolver.answer(vpcId, from.address, message, 'udp');
        return found === undefined ? undefined : Buffer.from(found);
      };
      await network.serveDatagramsInVpc(vpcId, address, port, answer, signal);
      return;
    }
    await network.serveInVpc(
      vpcId,
      address,
      port,
      (socket) => this.#accept(vpcId, socket, { address, port, role }),
      signal,
    );
  }

  #accept(vpcId: string, socket: Socket, { address, role }: WantedListener): void {
    const from = socket.remoteAddress ?? '';
    const source = `${vpcId} ${from}`;
    if (role.type === 'dns') {
      const { resolver } = this.#deps;
      this.#connections.hold(source, socket, () => {
        void serveDnsStream(socket, (message) => resolver.answer(vpcId, from, message, 'tcp'));
      });
      return;
    }
    if (role.type === 'nfs') {
      const target = { vpcId, fileSystemId: role.fileSystemId };
      this.#connections.hold(source, socket, () => void this.#deps.fileSystems.serve(target, socket));
      return;
    }
    this.#connections.carry(source, socket, () => this.#open({ vpcId, address: from }, address, role));
  }

  #open(
    from: { readonly vpcId: string; readonly address: string },
    address: string,
    role: Exclude<WantedListener['role'], { type: 'dns' | 'nfs' }>,
  ): Duplex {
    if (role.type === 'registry') return connect({ ...role.target, allowHalfOpen: true });
    const { service, secure, endpointId } = role;
    const sourceIp = endpointId === undefined ? this.#outside(from, address) : undefined;
    return this.#deps.openService({
      service,
      ...(secure && { secureAt: address }),
      ...(sourceIp !== undefined && { sourceIp }),
      ...(endpointId !== undefined && { by: { endpointId, ...from } }),
    });
  }

  #outside({ vpcId, address }: { vpcId: string; address: string }, to: string): string | undefined {
    const picture = this.#pictures.get(vpcId);
    const publicAddress = this.#deps.publicAddressOf(vpcId, address);
    return picture && outsideAddress(picture, { from: address, to, publicAddress });
  }
}

function placeOf({ address, port, role }: WantedListener): string {
  return `${address} ${port} ${role.type === 'dns' ? role.transport : 'tcp'}`;
}

function roleOf({ role }: WantedListener): string {
  return JSON.stringify(role);
}
