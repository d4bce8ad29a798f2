/** A route table as the API shows it, and what its filters look at. */
import type { Route, RouteTable, RouteTableAssociation } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import type { RouteRecord, RouteTableRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import type { NetworkReader } from '../network.ts';
import { tagsView } from '../tags.ts';
import { type RouteTargets, routeState, routeTargets } from './route-states.ts';

/** What is shown with a table but belongs to other resources. */
export interface TableSurroundings {
  readonly scope: Scope;
  readonly targets: RouteTargets;
  readonly vpcCidr: (vpcId: string) => string | undefined;
}

export async function tableSurroundings(reader: NetworkReader): Promise<TableSurroundings> {
  const ranges = new Map((await reader.all('vpc')).map(({ vpcId, cidr }) => [vpcId, cidr]));
  return {
    scope: reader.scope,
    targets: await routeTargets(reader),
    vpcCidr: (vpcId) => ranges.get(vpcId),
  };
}

export function routeTableView(table: RouteTableRecord, around: TableSurroundings): RouteTable {
  return {
    RouteTableId: table.routeTableId,
    VpcId: table.vpcId,
    OwnerId: around.scope.account,
    Routes: routesView(table, around),
    Associations: table.associations.map((association) => ({
      RouteTableAssociationId: association.associationId,
      RouteTableId: table.routeTableId,
      Main: association.subnetId === undefined,
      ...(association.subnetId === undefined ? {} : { SubnetId: association.subnetId }),
      AssociationState: { State: 'associated' as const },
    })),
    PropagatingVgws: [],
    Tags: tagsView(table.tags),
  };
}

/** The local route first. */
function routesView(table: RouteTableRecord, { vpcCidr, targets }: TableSurroundings): Route[] {
  return [
    {
      DestinationCidrBlock: vpcCidr(table.vpcId),
      GatewayId: 'local',
      Origin: 'CreateRouteTable',
      State: 'active',
    },
    ...table.routes.map((route) => ({
      ...(route.destinationCidr === undefined ? {} : { DestinationCidrBlock: route.destinationCidr }),
      ...(route.destinationPrefixListId === undefined
        ? {}
        : { DestinationPrefixListId: route.destinationPrefixListId }),
      ...targetView(route),
      Origin: route.origin,
      State: routeState(route, table.vpcId, targets),
    })),
  ];
}

function targetView({ targetId }: RouteRecord): Pick<Route, 'GatewayId' | 'NatGatewayId'> {
  return targetId.startsWith('nat-') ? { NatGatewayId: targetId } : { GatewayId: targetId };
}

export function routeTableFilters(around: TableSurroundings): FilterFields<RouteTableRecord> {
  const routes =
    (valueOf: (route: Route) => string | undefined) =>
    (table: RouteTableRecord): readonly string[] =>
      present(routesView(table, around).map(valueOf));
  const associations =
    (valueOf: (association: RouteTableAssociation) => string | undefined) =>
    (table: RouteTableRecord): readonly string[] =>
      present((routeTableView(table, around).Associations ?? []).map(valueOf));
  const none = (): undefined => undefined;
  return {
    'association.gateway-id': none,
    'association.main': associations(({ Main }) => String(Main)),
    'association.route-table-association-id': associations((one) => one.RouteTableAssociationId),
    'association.route-table-id': associations((one) => one.RouteTableId),
    'association.subnet-id': associations((one) => one.SubnetId),
    'owner-id': () => around.scope.account,
    'route-table-id': ({ routeTableId }) => routeTableId,
    'route.destination-cidr-block': routes((route) => route.DestinationCidrBlock),
    'route.destination-ipv6-cidr-block': none,
    'route.destination-prefix-list-id': routes((route) => route.DestinationPrefixListId),
    'route.egress-only-internet-gateway-id': none,
    'route.gateway-id': routes((route) => route.GatewayId),
    'route.instance-id': none,
    'route.nat-gateway-id': routes((route) => route.NatGatewayId),
    'route.origin': routes((route) => route.Origin),
    'route.state': routes((route) => route.State),
    'route.transit-gateway-id': none,
    'route.vpc-peering-connection-id': none,
    'vpc-id': ({ vpcId }) => vpcId,
  };
}

function present(values: readonly (string | undefined)[]): readonly string[] {
  return values.filter((value) => value !== undefined);
}
