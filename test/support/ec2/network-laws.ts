/** What must hold of an account's network whatever was asked of EC2's API, as sentences about what does not hold. */
import type { FileSystemRecord, MountTargetRecord } from '../../../src/domain/efs/records.ts';
import { recordsOfEfs } from '../efs/drawn-mount-targets.ts';
import { EC2_SCOPE, type Ec2UnderTest } from './ec2-under-test.ts';
import { keys } from '../../../src/domain/keys.ts';
import { rangesMeet } from '../../../src/domain/network/asked-range.ts';
import { containsAddress, containsCidr } from '../../../src/domain/network/cidr.ts';
import type { AddressRecord, PublicAddressRecord } from '../../../src/domain/network/records.ts';

type Records = Awaited<ReturnType<typeof recordsOf>>;

/** Empty when all laws hold. */
export async function brokenNetworkLaws(ec2: Ec2UnderTest): Promise<readonly string[]> {
  const records = await recordsOf(ec2);
  return [
    ...rangeLaws(records),
    ...vpcLaws(records),
    ...tableLaws(records),
    ...gatewayLaws(records),
    ...addressLaws(records, await claimsOf(ec2)),
    ...endpointLaws(records),
    ...mountTargetLaws(records),
    ...groupLaws(records),
  ];
}

async function recordsOf(ec2: Ec2UnderTest) {
  return {
    vpcs: await ec2.all('vpc'),
    subnets: await ec2.all('subnet'),
    tables: await ec2.all('route-table'),
    internetGateways: await ec2.all('internet-gateway'),
    natGateways: await ec2.all('nat-gateway'),
    addresses: await ec2.all('elastic-ip'),
    groups: await ec2.all('security-group'),
    enis: await ec2.all('eni'),
    endpoints: await ec2.all('endpoint'),
    flowLogs: await ec2.all('flow-log'),
    fileSystems: await recordsOfEfs<FileSystemRecord>(ec2, 'file-system'),
    mountTargets: await recordsOfEfs<MountTargetRecord>(ec2, 'mount-target'),
  };
}

async function claimsOf({ store }: Ec2UnderTest) {
  const prefix = keys.allAddresses(EC2_SCOPE);
  const own = await store.range<AddressRecord>({ prefix });
  const pool = await store.range<PublicAddressRecord>({ prefix: keys.publicAddresses() });
  return {
    private: own.map(({ key, value }) => `${key.slice(prefix.length)} ${value.eniId}`),
    public: pool.map(({ key, value }) => `${key.slice(keys.publicAddresses().length)} ${value.ownerId}`),
  };
}

function rangeLaws({ vpcs, subnets }: Records): string[] {
  return subnets.flatMap((subnet, index) => {
    const vpc = vpcs.find(({ vpcId }) => vpcId === subnet.vpcId);
    if (vpc === undefined) return [`${subnet.subnetId} has no VPC`];
    const others = subnets
      .slice(index + 1)
      .filter(({ vpcId, cidr }) => vpcId === subnet.vpcId && rangesMeet(cidr, subnet.cidr))
      .map(({ cidr }) => `subnets ${subnet.cidr} and ${cidr} of ${vpc.vpcId} meet`);
    return containsCidr(vpc.cidr, subnet.cidr) ? others : [...others, `${subnet.cidr} is not in ${vpc.cidr}`];
  });
}

function vpcLaws({ vpcs, tables, groups, ...records }: Records): string[] {
  const isThere = (vpcId: string | undefined): boolean => vpcs.some((vpc) => vpc.vpcId === vpcId);
  const inVpcs = [
    ...[...tables, ...groups, ...records.enis, ...records.endpoints, ...records.flowLogs],
    ...records.internetGateways.filter(({ vpcId }) => vpcId !== undefined),
    ...records.natGateways.filter(({ state }) => state === 'available'),
  ];
  return [
    ...inVpcs.filter(({ vpcId }) => !isThere(vpcId)).map((one) => `${JSON.stringify(one)} has no VPC`),
    ...vpcs
      .filter((vpc) => !groups.some(({ groupId }) => groupId === vpc.defaultSecurityGroupId))
      .map(({ vpcId }) => `${vpcId} has no default group`),
    ...(vpcs.filter(({ isDefault }) => isDefault).length > 1 ? ['there are several default VPCs'] : []),
  ];
}

function tableLaws({ vpcs, tables, subnets, endpoints }: Records): string[] {
  const mains = vpcs.filter((vpc) => {
    const ofVpc = tables.filter(({ vpcId }) => vpcId === vpc.vpcId);
    const main = ofVpc.flatMap(({ routeTableId, associations }) =>
      associations.filter(({ subnetId }) => subnetId === undefined).map(() => routeTableId),
    );
    return main.length !== 1 || main[0] !== vpc.mainRouteTableId;
  });
  const associated = tables.flatMap(({ vpcId, associations }) =>
    associations.flatMap(({ subnetId }) => (subnetId === undefined ? [] : [{ subnetId, vpcId }])),
  );
  const lost = associated.filter(
    (one) => !subnets.some(({ subnetId, vpcId }) => subnetId === one.subnetId && vpcId === one.vpcId),
  );
  const routes = tables.flatMap(({ routeTableId, routes: own }) =>
    own.map(({ targetId }) => ({ routeTableId, targetId })),
  );
  return [
    ...mains.map(({ vpcId }) => `${vpcId} does not have one main table`),
    ...lost.map(({ subnetId }) => `a table is associated with ${subnetId}, which its VPC has not`),
    ...twice(associated.map(({ subnetId }) => subnetId)).map((id) => `${id} has several tables`),
    ...endpoints.flatMap(({ endpointId, routeTableIds }) =>
      routeTableIds
        .filter((id) => !routes.some((route) => route.routeTableId === id && route.targetId === endpointId))
        .map((id) => `${endpointId} names ${id}, which has no route to it`),
    ),
    ...routes
      .filter(({ targetId }) => targetId.startsWith('vpce-'))
      .filter(({ targetId }) => !endpoints.some(({ endpointId }) => endpointId === targetId))
      .map(({ routeTableId, targetId }) => `${routeTableId} leads to ${targetId}, which is gone`),
  ];
}

function gatewayLaws({ internetGateways, natGateways, addresses, enis }: Records): string[] {
  const attached = internetGateways.flatMap(({ vpcId }) => (vpcId === undefined ? [] : [vpcId]));
  return [
    ...twice(attached).map((id) => `${id} has several internet gateways`),
    ...natGateways
      .filter((gateway) => gateway.state === 'available')
      .flatMap(({ natGatewayId, eniId, allocationId, connectivityType }) => {
        const eni = enis.find((one) => one.eniId === eniId);
        const address = addresses.find((one) => one.allocationId === allocationId);
        const isWhole =
          eni !== undefined &&
          (connectivityType === 'private' ||
            (address?.eniId === eniId && eni.publicIpv4Address === address?.publicIpv4Address));
        return isWhole ? [] : [`${natGatewayId} is available without interface or address`];
      }),
    ...addresses
      .filter(({ eniId }) => eniId !== undefined && !enis.some((eni) => eni.eniId === eniId))
      .map(({ allocationId }) => `${allocationId} is associated with an interface that is gone`),
  ];
}

function addressLaws(
  { subnets, enis, addresses, endpoints, natGateways, flowLogs }: Records,
  claims: Awaited<ReturnType<typeof claimsOf>>,
): string[] {
  const owned = new Set(addresses.map(({ publicIpv4Address }) => publicIpv4Address));
  const publicOwners = [
    ...addresses.map(({ publicIpv4Address, allocationId }) => `${publicIpv4Address} ${allocationId}`),
    ...enis.flatMap(({ eniId, publicIpv4Address: address }) =>
      address === undefined || owned.has(address) ? [] : [`${address} ${eniId}`],
    ),
  ];
  const owners = [
    ...endpoints.map(({ endpointId }) => endpointId),
    ...natGateways.filter(({ state }) => state === 'available').map(({ natGatewayId }) => natGatewayId),
  ];
  return [
    ...difference(
      claims.private,
      enis.map(({ subnetId, privateIpv4Address, eniId }) => `${subnetId}/${privateIpv4Address} ${eniId}`),
    ),
    ...difference(claims.public, publicOwners),
    ...enis
      .filter(
        (eni) =>
          !subnets.some(
            ({ subnetId, cidr }) =>
              subnetId === eni.subnetId && containsAddress(cidr, eni.privateIpv4Address),
          ),
      )
      .map(({ eniId }) => `${eniId} is in no subnet`),
    ...enis
      .filter(({ owner }) => owner.type === 'nat-gateway' && !owners.includes(owner.natGatewayId))
      .map(({ eniId }) => `${eniId} has outlived its NAT gateway`),
    ...enis
      .filter(({ owner }) => owner.type === 'endpoint' && !owners.includes(owner.endpointId))
      .map(({ eniId }) => `${eniId} has outlived its endpoint`),
    ...flowLogs
      .filter(({ resourceId }) => resourceId.startsWith('subnet-'))
      .filter(({ resourceId }) => !subnets.some(({ subnetId }) => subnetId === resourceId))
      .map(({ flowLogId }) => `${flowLogId} has outlived its subnet`),
  ];
}

function endpointLaws({ endpoints, enis }: Records): string[] {
  const broken = endpoints.filter(({ endpointId, eniIds, subnetIds, securityGroups, vpcId }) => {
    const own = enis.filter(({ owner }) => owner.type === 'endpoint' && owner.endpointId === endpointId);
    return (
      !sameMembers(
        own.map(({ eniId }) => eniId),
        eniIds,
      ) ||
      !sameMembers(
        own.map(({ subnetId }) => subnetId),
        subnetIds,
      ) ||
      own.some((eni) => eni.vpcId !== vpcId || !sameMembers(eni.securityGroups, securityGroups)) ||
      twice(own.map(({ availabilityZone }) => availabilityZone)).length > 0
    );
  });
  const named = endpoints
    .filter(({ privateDnsEnabled }) => privateDnsEnabled)
    .map(({ vpcId, service }) => `${service} of ${vpcId}`);
  return [
    ...broken.map(({ endpointId }) => `${endpointId} has other interfaces than it says, or two in a zone`),
    ...twice(named).map((names) => `the names of ${names} lead to several endpoints`),
  ];
}

function mountTargetLaws({ fileSystems, mountTargets, enis }: Records): string[] {
  const interfaces = enis.flatMap(({ eniId, owner, subnetId, vpcId }) =>
    owner.type === 'mount-target' ? [`${owner.mountTargetId} ${eniId} ${subnetId} ${vpcId}`] : [],
  );
  const places = mountTargets.map(
    ({ mountTargetId, eniId, subnetId, vpcId }) => `${mountTargetId} ${eniId} ${subnetId} ${vpcId}`,
  );
  const vpcs = new Set(mountTargets.map(({ fileSystemId, vpcId }) => `${fileSystemId} ${vpcId}`));
  const zones = mountTargets.map(
    ({ fileSystemId, availabilityZone }) => `${fileSystemId} ${availabilityZone}`,
  );
  return [
    ...difference(places, interfaces),
    ...twice(zones).map((names) => `${names} has two mount targets`),
    ...twice([...vpcs].map((each) => each.split(' ')[0] ?? '')).map((id) => `${id} is in several VPCs`),
    ...mountTargets
      .filter(({ fileSystemId }) => !fileSystems.some((each) => each.fileSystemId === fileSystemId))
      .map(({ mountTargetId }) => `${mountTargetId} has outlived its file system`),
  ];
}

function groupLaws({ groups, enis, endpoints }: Records): string[] {
  const isOf = (groupId: string, vpcId: string): boolean =>
    groups.some((group) => group.groupId === groupId && group.vpcId === vpcId);
  const used = [...enis, ...endpoints].flatMap(({ securityGroups, vpcId }) =>
    securityGroups.map((groupId) => ({ groupId, vpcId })),
  );
  const named = groups.flatMap(({ rules, vpcId }) =>
    rules.flatMap(({ peer }) => (peer.type === 'group' ? [{ groupId: peer.groupId, vpcId }] : [])),
  );
  return [
    ...[...used, ...named]
      .filter(({ groupId, vpcId }) => !isOf(groupId, vpcId))
      .map(({ groupId, vpcId }) => `${groupId} is used in ${vpcId}, which has no such group`),
    ...twice(groups.map(({ vpcId, groupName }) => `${groupName} of ${vpcId}`)).map(
      (name) => `several groups are ${name}`,
    ),
  ];
}

function sameMembers(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each) => others.includes(each));
}

function twice(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}

function difference(claimed: readonly string[], used: readonly string[]): string[] {
  return [
    ...claimed.filter((one) => !used.includes(one)).map((one) => `claimed for nothing: ${one}`),
    ...used.filter((one) => !claimed.includes(one)).map((one) => `used without a claim: ${one}`),
    ...twice(used).map((one) => `used twice: ${one}`),
  ];
}
