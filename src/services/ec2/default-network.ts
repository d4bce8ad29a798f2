/**
 * The network that every account has in every region: made when an account first asks for anything there, once, with
 * ids that follow from account and region. What is deleted of it stays deleted.
 */
import { createHash } from 'node:crypto';
import type { Scope } from '../../domain/arn.ts';
import { keys } from '../../domain/keys.ts';
import { defaultVpc } from '../../domain/network/default-vpc.ts';
import {
  type DefaultVpcParts,
  dhcpOptionsId,
  newDefaultVpc,
  type VpcParts,
} from '../../domain/network/new-vpc.ts';
import type { NetworkMarkerRecord } from '../../domain/network/records.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Store, Write } from '../../ports/store.ts';
import { NetworkReader } from './network.ts';

export interface DefaultNetworkDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** The range of default VPCs. */
  readonly vpcCidr: string;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export class DefaultNetworks {
  readonly #deps: DefaultNetworkDeps;
  /** Scopes that have theirs for sure: a marker never goes away. */
  readonly #made = new Set<string>();

  constructor(deps: DefaultNetworkDeps) {
    this.#deps = deps;
  }

  /** Resolves when the scope has, or once had, its default network. May be called any number of times. */
  async ensure(scope: Scope): Promise<void> {
    const { store, clock, vpcCidr } = this.#deps;
    const marker = keys.networkMarker(scope);
    if (this.#made.has(marker)) return;
    if ((await store.get(marker)) === undefined) {
      const value: NetworkMarkerRecord = { madeAt: clock.now() };
      const parts = firstDefaultVpc(scope, vpcCidr, value.madeAt);
      const writes = defaultVpcWrites(new NetworkReader(store, scope), parts);
      // When the condition does not hold, somebody else has made it just now.
      await store.transact([{ key: marker, revision: 0 }], [{ put: marker, value }, ...writes]);
    }
    this.#made.add(marker);
  }
}

function firstDefaultVpc(scope: Scope, cidr: string, now: number): DefaultVpcParts {
  const plan = defaultVpc(scope, cidr, sha256);
  const planned: Readonly<Record<string, string>> = {
    vpc: plan.vpcId,
    rtb: plan.mainRouteTableId,
    sg: plan.securityGroupId,
    acl: plan.networkAclId,
  };
  const id = (prefix: string, name: string): string =>
    planned[prefix] ?? `${prefix}-0${sha256(`${plan.vpcId}/${prefix}/${name}`).slice(0, 16)}`;
  return newDefaultVpc({ scope, cidr, now, id }, plan, dhcpOptionsId(scope, sha256));
}

export function defaultVpcWrites(reader: NetworkReader, parts: DefaultVpcParts): Write[] {
  const { internetGateway, subnets } = parts;
  return [
    ...vpcWrites(reader, parts),
    reader.put('internet-gateway', internetGateway.internetGatewayId, internetGateway),
    ...subnets.map((subnet) => reader.put('subnet', subnet.subnetId, subnet)),
  ];
}

export function vpcWrites(reader: NetworkReader, { vpc, routeTable, group }: VpcParts): Write[] {
  return [
    reader.put('vpc', vpc.vpcId, vpc),
    reader.put('route-table', routeTable.routeTableId, routeTable),
    reader.put('security-group', group.groupId, group),
  ];
}
