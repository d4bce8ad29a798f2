/** Whether the target of a route is there: one that is gone or of no use makes a blackhole of it. */
import type { RouteRecord } from '../../../domain/network/records.ts';
import type { NetworkReader } from '../network.ts';

/** Ids of all targets that work, with the VPC they belong to. */
export type RouteTargets = ReadonlyMap<string, string>;

export async function routeTargets(reader: NetworkReader): Promise<RouteTargets> {
  const targets = new Map<string, string>();
  for (const { internetGatewayId, vpcId } of await reader.all('internet-gateway')) {
    if (vpcId !== undefined) targets.set(internetGatewayId, vpcId);
  }
  for (const { natGatewayId, vpcId, state } of await reader.all('nat-gateway')) {
    if (state === 'available') targets.set(natGatewayId, vpcId);
  }
  for (const { endpointId, vpcId } of await reader.all('endpoint')) targets.set(endpointId, vpcId);
  return targets;
}

export function routeState(
  { targetId }: RouteRecord,
  vpcId: string,
  targets: RouteTargets,
): 'active' | 'blackhole' {
  return targets.get(targetId) === vpcId ? 'active' : 'blackhole';
}
