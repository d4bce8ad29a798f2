/**
 * The routes of a subnet as a machine needs them: prefix lists become ranges, targets become what is done with the
 * traffic. A target that is gone, belongs to another VPC or leads nowhere makes a blackhole, as on AWS.
 */
import type { RouteRecord, RouteTableRecord } from './records.ts';
import type { RoutePicture, RouteTarget } from './vpc.ts';
import type { VpcRecords } from './vpc-records.ts';

const EVERYWHERE = '0.0.0.0/0';
const BLACKHOLE: RouteTarget = { type: 'blackhole' };

export interface RoutedVpc {
  readonly vpcId: string;
  readonly cidr: string;
  readonly mainRouteTableId: string;
}

/** `prefixListCidrs` answers the IPv4 ranges of a list; none for a list that is gone. */
export class SubnetRoutes {
  readonly #vpc: RoutedVpc;
  readonly #records: VpcRecords;
  readonly #prefixListCidrs: (prefixListId: string) => readonly string[];

  constructor(
    vpc: RoutedVpc,
    records: VpcRecords,
    prefixListCidrs: (prefixListId: string) => readonly string[],
  ) {
    this.#vpc = vpc;
    this.#records = records;
    this.#prefixListCidrs = prefixListCidrs;
  }

  /** The local route first; each destination once. A range that the table names itself wins over one of a list. */
  of(subnetId: string): readonly RoutePicture[] {
    const routes = new Map<string, RoutePicture>([
      [this.#vpc.cidr, { destinationCidr: this.#vpc.cidr, target: { type: 'local' } }],
    ]);
    const records = this.#table(subnetId)?.routes ?? [];
    const named = records.filter(({ destinationCidr }) => destinationCidr !== undefined);
    const listed = records.filter(({ destinationCidr }) => destinationCidr === undefined);
    for (const route of [...named, ...listed]) {
      const target = this.#target(route.targetId);
      for (const destinationCidr of this.#destinations(route)) {
        if (!routes.has(destinationCidr)) routes.set(destinationCidr, { destinationCidr, target });
      }
    }
    return [...routes.values()];
  }

  #table(subnetId: string): RouteTableRecord | undefined {
    const { vpcId, mainRouteTableId } = this.#vpc;
    const tables = this.#records.routeTables.filter((table) => table.vpcId === vpcId);
    return (
      tables.find(({ associations }) => associations.some((one) => one.subnetId === subnetId)) ??
      tables.find(({ routeTableId }) => routeTableId === mainRouteTableId)
    );
  }

  #destinations({ destinationCidr, destinationPrefixListId }: RouteRecord): readonly string[] {
    if (destinationCidr !== undefined) return [destinationCidr];
    return destinationPrefixListId === undefined ? [] : this.#prefixListCidrs(destinationPrefixListId);
  }

  #target(targetId: string): RouteTarget {
    if (this.#isAttached(targetId)) return { type: 'internet-gateway' };
    const { vpcId } = this.#vpc;
    const endpoint = this.#records.endpoints.find(
      (one) => one.endpointId === targetId && one.vpcId === vpcId && one.type === 'gateway',
    );
    if (endpoint !== undefined) return { type: 'gateway-endpoint', endpointId: targetId };
    return this.#natGateway(targetId);
  }

  /** A NAT gateway works through the internet gateway that its own subnet's default route leads to. */
  #natGateway(targetId: string): RouteTarget {
    const gateway = this.#records.natGateways.find(
      ({ natGatewayId, vpcId }) => natGatewayId === targetId && vpcId === this.#vpc.vpcId,
    );
    if (gateway?.state !== 'available' || gateway.publicIpv4Address === undefined) return BLACKHOLE;
    const way = this.#table(gateway.subnetId)?.routes.find((route) => route.destinationCidr === EVERYWHERE);
    if (way === undefined || !this.#isAttached(way.targetId)) return BLACKHOLE;
    return {
      type: 'nat-gateway',
      natGatewayId: targetId,
      publicIpv4Address: gateway.publicIpv4Address,
    };
  }

  #isAttached(targetId: string): boolean {
    return this.#records.internetGateways.some(
      ({ internetGatewayId, vpcId }) => internetGatewayId === targetId && vpcId === this.#vpc.vpcId,
    );
  }
}
