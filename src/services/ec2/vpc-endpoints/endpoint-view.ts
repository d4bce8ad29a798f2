/** An endpoint as the API shows it, and what its filters look at. */
import type { DnsEntry, State, VpcEndpoint } from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import {
  endpointName,
  endpointServiceName,
  privateServiceNames,
  zonalEndpointName,
} from '../../../domain/network/names/endpoint-names.ts';
import type { VpcEndpointRecord } from '../../../domain/network/records.ts';
import { shortHash } from '../../../domain/network/short-hash.ts';
import type { FilterFields } from '../filters.ts';
import type { NetworkReader } from '../network.ts';
import { tagsView } from '../tags.ts';
import { ENDPOINT_TYPES } from './endpoint-services.ts';
import { policyOf } from './policy.ts';

/** What is shown with an endpoint but belongs to other resources. */
export interface EndpointSurroundings {
  readonly scope: Scope;
  readonly dnsSuffix: string;
  readonly zoneOf: (subnetId: string) => string | undefined;
  readonly groupName: (groupId: string) => string | undefined;
}

/** As AWS answers it, which is not what its schema says. */
const AVAILABLE = 'available';

export async function endpointSurroundings(
  reader: NetworkReader,
  dnsSuffix: string,
): Promise<EndpointSurroundings> {
  const subnets = await reader.all('subnet');
  const groups = await reader.all('security-group');
  const zones = new Map(subnets.map(({ subnetId, availabilityZone }) => [subnetId, availabilityZone]));
  const names = new Map(groups.map(({ groupId, groupName }) => [groupId, groupName]));
  return {
    ...{ scope: reader.scope, dnsSuffix },
    zoneOf: (subnetId) => zones.get(subnetId),
    groupName: (groupId) => names.get(groupId),
  };
}

export function endpointView(endpoint: VpcEndpointRecord, around: EndpointSurroundings): VpcEndpoint {
  const { endpointId, vpcId, type, service, privateDnsEnabled, privateDnsOnlyForInbound } = endpoint;
  const { account, region } = around.scope;
  return {
    VpcEndpointId: endpointId,
    VpcEndpointType: ENDPOINT_TYPES[type],
    VpcId: vpcId,
    ServiceName: endpointServiceName(region, service),
    ServiceRegion: region,
    State: AVAILABLE as State,
    PolicyDocument: policyOf(endpoint),
    RouteTableIds: [...endpoint.routeTableIds],
    SubnetIds: [...endpoint.subnetIds],
    Groups: endpoint.securityGroups.map((GroupId) => ({ GroupId, GroupName: around.groupName(GroupId) })),
    IpAddressType: 'ipv4',
    DnsOptions: {
      DnsRecordIpType: type === 'gateway' ? 'service-defined' : 'ipv4',
      ...(privateDnsOnlyForInbound === undefined
        ? {}
        : { PrivateDnsOnlyForInboundResolverEndpoint: privateDnsOnlyForInbound }),
    },
    PrivateDnsEnabled: privateDnsEnabled,
    RequesterManaged: false,
    NetworkInterfaceIds: [...endpoint.eniIds],
    DnsEntries: type === 'gateway' ? [] : dnsEntries(endpoint, around),
    CreationTimestamp: new Date(endpoint.createdAt),
    Tags: tagsView(endpoint.tags),
    OwnerId: account,
  };
}

function dnsEntries(
  { endpointId, service, subnetIds, privateDnsEnabled }: VpcEndpointRecord,
  { scope: { region }, dnsSuffix: suffix, zoneOf }: EndpointSurroundings,
): DnsEntry[] {
  const place = { endpointId, service, region, suffix };
  const zones = subnetIds.flatMap((subnetId) => zoneOf(subnetId) ?? []);
  const own = [endpointName(place), ...zones.map((zone) => zonalEndpointName(place, zone))];
  const usual = privateDnsEnabled ? privateServiceNames(service, region, suffix) : [];
  return [
    ...own.map((DnsName) => ({ DnsName, HostedZoneId: hostedZoneId(`${service}.${region}`) })),
    ...usual.map((DnsName) => ({ DnsName, HostedZoneId: hostedZoneId(endpointId) })),
  ];
}

/** Of a zone that nobody can ask for: that of all endpoints of a service, or an endpoint's private one. */
function hostedZoneId(owner: string): string {
  return `Z${shortHash(owner)}${shortHash(`zone of ${owner}`).slice(0, 5)}`.toUpperCase();
}

export function endpointFilters({ region }: Scope): FilterFields<VpcEndpointRecord> {
  return {
    'ip-address-type': () => 'ipv4',
    'service-name': ({ service }) => endpointServiceName(region, service),
    'service-region': () => region,
    'vpc-id': ({ vpcId }) => vpcId,
    'vpc-endpoint-id': ({ endpointId }) => endpointId,
    'vpc-endpoint-state': () => AVAILABLE,
    'vpc-endpoint-type': ({ type }) => ENDPOINT_TYPES[type],
  };
}
