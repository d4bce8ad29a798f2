/** Reads what is shown with network interfaces and belongs to other resources. */
import { findZone } from '../../../domain/network/zones.ts';
import type { NetworkReader } from '../network.ts';
import type { InterfaceSurroundings } from './network-interface-view.ts';

export async function interfaceSurroundings(
  reader: NetworkReader,
  dnsSuffix: string,
): Promise<InterfaceSurroundings> {
  const { scope } = reader;
  const groups = await reader.all('security-group');
  const names = new Map(groups.map(({ groupId, groupName }) => [groupId, groupName]));
  const vpcs = await reader.all('vpc');
  const named = new Set(vpcs.filter((vpc) => vpc.enableDnsHostnames).map(({ vpcId }) => vpcId));
  const elastic = new Map((await reader.all('elastic-ip')).map((address) => [address.eniId, address]));
  return {
    ...{ scope, dnsSuffix },
    groupName: (groupId) => names.get(groupId),
    hasDnsNames: (vpcId) => named.has(vpcId),
    zoneId: (availabilityZone) => findZone(scope.region, availabilityZone)?.zoneId,
    elasticIp: (eniId) => elastic.get(eniId),
  };
}
