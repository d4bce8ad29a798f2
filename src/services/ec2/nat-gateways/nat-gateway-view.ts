/** A NAT gateway as the API shows it, and what its filters look at. Its end is shown for an hour. */
import type { NatGateway, NatGatewayAddress, NatGatewayState } from '@aws-sdk/client-ec2';
import type { ElasticIpRecord, NatGatewayRecord } from '../../../domain/network/records.ts';
import type { FilterFields } from '../filters.ts';
import type { NetworkReader } from '../network.ts';
import { tagsView } from '../tags.ts';

const SHOWN_MS = 60 * 60_000;

/** True for one that has ended so long ago that it is not shown any more. */
export function isForgotten({ state, createdAt, deletedAt }: NatGatewayRecord, now: number): boolean {
  return state !== 'available' && (deletedAt ?? createdAt) + SHOWN_MS <= now;
}

/** Answers the address that a gateway has. */
export type GatewayAddress = (gateway: NatGatewayRecord) => ElasticIpRecord | undefined;

export async function gatewayAddresses(reader: NetworkReader): Promise<GatewayAddress> {
  const addresses = new Map((await reader.all('elastic-ip')).map((address) => [address.eniId, address]));
  return ({ eniId }) => (eniId === undefined ? undefined : addresses.get(eniId));
}

export function natGatewayView(
  gateway: NatGatewayRecord,
  addressOf: GatewayAddress,
  state: NatGatewayState = gateway.state,
): NatGateway {
  const { failure, deletedAt } = gateway;
  return {
    NatGatewayId: gateway.natGatewayId,
    VpcId: gateway.vpcId,
    SubnetId: gateway.subnetId,
    State: state,
    ConnectivityType: gateway.connectivityType,
    AvailabilityMode: 'zonal',
    CreateTime: new Date(gateway.createdAt),
    ...(deletedAt === undefined ? {} : { DeleteTime: new Date(deletedAt) }),
    ...(failure === undefined || state === 'pending'
      ? {}
      : { FailureCode: failure.code, FailureMessage: failure.message }),
    NatGatewayAddresses: [gatewayAddressView(gateway, state, addressOf(gateway)?.associationId)],
    Tags: tagsView(gateway.tags),
  };
}

function gatewayAddressView(
  { allocationId, eniId, privateIpv4Address, publicIpv4Address }: NatGatewayRecord,
  state: NatGatewayState,
  associationId: string | undefined,
): NatGatewayAddress {
  return {
    ...(allocationId === undefined ? {} : { AllocationId: allocationId }),
    ...(associationId === undefined ? {} : { AssociationId: associationId }),
    ...(eniId === undefined ? {} : { NetworkInterfaceId: eniId }),
    ...(privateIpv4Address === undefined ? {} : { PrivateIp: privateIpv4Address }),
    ...(publicIpv4Address === undefined ? {} : { PublicIp: publicIpv4Address }),
    IsPrimary: true,
    Status: state === 'failed' ? 'failed' : 'succeeded',
  };
}

export const NAT_GATEWAY_FILTERS: FilterFields<NatGatewayRecord> = {
  'nat-gateway-id': ({ natGatewayId }) => natGatewayId,
  state: ({ state }) => state,
  'subnet-id': ({ subnetId }) => subnetId,
  'vpc-id': ({ vpcId }) => vpcId,
};
