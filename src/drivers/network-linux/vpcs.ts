/** The VPCs on this machine: handles on their namespaces, made, found again after a restart, and removed. */
import { AppError, hasKind } from '../../domain/errors.ts';
import { KeyedSerial } from '../../domain/keyed-serial.ts';
import type { VpcPicture, VpcSpec } from '../../domain/network/vpc.ts';
import type { Namespaces } from '../../linux/namespace.ts';
import { parseIpv4 } from '../../linux/netlink/ipv4.ts';
import type { LocalEni } from './eni-rules.ts';
import { Host, type HostRanges } from './host.ts';
import type { Names } from './names.ts';
import { Vpc } from './vpc.ts';

/** How often the machine's own interfaces are looked at. */
const HOST_CHECK_MS = 15_000;
/** Work on what all VPCs share. */
const HOST = 'host';

export class Vpcs {
  readonly #names: Names;
  readonly #namespaces: Namespaces;
  readonly #host: Host;
  readonly #open = new Map<string, Vpc>();
  /** Each VPC's specification as it was last made sure of. */
  readonly #ensured = new Map<string, string>();
  /** VPCs that this process has made sure of before. */
  readonly #seen = new Set<string>();
  readonly #serial = new KeyedSerial();
  #watch: NodeJS.Timeout | undefined;

  constructor(names: Names, namespaces: Namespaces, ranges: HostRanges) {
    this.#names = names;
    this.#namespaces = namespaces;
    this.#host = new Host(names, ranges);
  }

  /** Makes a VPC what its picture says. */
  async apply(picture: VpcPicture): Promise<void> {
    await this.#serial.run(this.#names.vpcNamespace(picture.vpcId), async () => {
      const vpc = await this.#ensure(picture);
      await vpc.apply(picture);
      await this.#host.routePublic(vpc.vpcId, vpc.publicAddresses());
    });
    this.#watch ??= setInterval(() => void this.#lookAtHost(), HOST_CHECK_MS).unref();
  }

  /** Lets a connected interface take part in its VPC. To be called in turn. */
  async enter(vpc: Vpc, eni: LocalEni): Promise<void> {
    await vpc.enter(eni);
    if (eni.publicIpv4Address !== undefined)
      this.#host.addPublic(vpc.vpcId, parseIpv4(eni.publicIpv4Address));
  }

  /** To be called in turn, before the interface goes. */
  async leave(vpc: Vpc, name: string): Promise<void> {
    const eni = await vpc.leave(name);
    if (eni === undefined) return;
    if (eni.publicIpv4Address !== undefined) {
      this.#host.removePublic(vpc.vpcId, parseIpv4(eni.publicIpv4Address));
      await this.#host.forgetConnections(eni.publicIpv4Address);
    }
    if (vpc.picture?.routedFromHost === true) await this.#host.forgetConnections(eni.privateIpv4Address);
    await vpc.forget(eni);
  }

  /** Runs an action on a VPC while no other changes its interfaces or its tables. */
  async inTurn<T>(vpcId: string, action: (vpc: Vpc) => Promise<T>): Promise<T> {
    return await this.#serial.run(this.#names.vpcNamespace(vpcId), () => action(this.get(vpcId)));
  }

  /** Removes a VPC without interfaces; `beforehand` lets go of what still uses its namespace. */
  async remove(vpcId: string, beforehand: () => void): Promise<void> {
    const name = this.#names.vpcNamespace(vpcId);
    await this.#serial.run(name, async () => {
      if ((this.find(vpcId)?.enis().length ?? 0) > 0) {
        throw new AppError('failed-precondition', `${vpcId} still has network interfaces`);
      }
      beforehand();
      this.#drop(vpcId);
      if (this.#host.findUplink(vpcId) !== undefined) await this.#host.routePublic(vpcId, new Set());
      await this.#host.removeUplink(vpcId);
      this.#namespaces.unpin(name);
      this.#seen.delete(vpcId);
    });
    // In turn with VPCs that are being made: they need what goes with the last one.
    await this.#serial.run(HOST, async () => {
      if (this.list().length === 0) await this.#host.removeTable();
    });
  }

  /** Ids of the VPCs that exist, whole or half made. */
  list(): string[] {
    const ids = this.#namespaces.list(this.#names.vpcPrefix).map((name) => this.#names.vpcIdOf(name));
    return ids.filter((id) => id !== undefined);
  }

  /** The handle on a VPC; `not-found` when it does not exist. */
  get(vpcId: string): Vpc {
    const vpc = this.#open.get(vpcId) ?? Vpc.open(vpcId, this.#names, this.#namespaces);
    this.#open.set(vpcId, vpc);
    return vpc;
  }

  find(vpcId: string): Vpc | undefined {
    try {
      return this.get(vpcId);
    } catch (error) {
      if (hasKind(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** The VPC in which an interface of this name is. */
  findByInterface(name: string): Vpc | undefined {
    return this.list()
      .map((vpcId) => this.find(vpcId))
      .find((vpc) => vpc?.hasInterface(name) === true);
  }

  /** Lets go of all namespaces, which stay. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    await this.#serial.idle();
    for (const vpcId of [...this.#open.keys()]) this.#drop(vpcId);
    this.#host.close();
  }

  /** Makes a VPC, or what is missing of it; nothing when this was done before with the same specification. */
  async #ensure(spec: VpcSpec): Promise<Vpc> {
    const known = this.#open.get(spec.vpcId);
    const wanted = JSON.stringify([spec.cidr, spec.routedFromHost]);
    const isPinned = this.#namespaces.isPinned(this.#names.vpcNamespace(spec.vpcId));
    if (known !== undefined && isPinned && this.#ensured.get(spec.vpcId) === wanted) return known;
    this.#drop(spec.vpcId);
    const context = { names: this.#names, namespaces: this.#namespaces, host: this.#host };
    const vpc = await this.#serial.run(HOST, () => Vpc.ensure(spec, context));
    this.#open.set(spec.vpcId, vpc);
    this.#ensured.set(spec.vpcId, wanted);
    // What served there has ended with an earlier process; somebody else may get its addresses now.
    if (!this.#seen.has(spec.vpcId)) vpc.clearServiceAddresses();
    this.#seen.add(spec.vpcId);
    return vpc;
  }

  #drop(vpcId: string): void {
    this.#open.get(vpcId)?.close();
    this.#open.delete(vpcId);
    this.#ensured.delete(vpcId);
  }

  /** Interfaces of the machine come and go; what fails now is tried again with the next look. */
  async #lookAtHost(): Promise<void> {
    if (this.#ensured.size === 0) return;
    await this.#serial.run(HOST, () => this.#host.forwarding.ensure()).catch(() => undefined);
  }
}
