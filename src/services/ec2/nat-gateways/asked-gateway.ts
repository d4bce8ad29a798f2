/** What kind of NAT gateway a request asks for. */
import type { CreateNatGatewayRequest } from '@aws-sdk/client-ec2';
import type { NatGatewayRecord } from '../../../domain/network/records.ts';
import {
  invalidParameterCombination,
  invalidParameterValue,
  missingParameter,
  unsupported,
} from '../errors.ts';

export interface AskedGateway extends Pick<NatGatewayRecord, 'subnetId' | 'connectivityType'> {
  readonly allocationId?: string;
  readonly privateIpv4Address: string | undefined;
}

/** Throws MissingParameter, InvalidParameterValue, InvalidParameterCombination, UnsupportedOperation. */
export function askedGateway(input: CreateNatGatewayRequest): AskedGateway {
  refuseUnsupported(input);
  const { SubnetId: subnetId, AllocationId: allocationId, PrivateIpAddress: privateIpv4Address } = input;
  const connectivityType = input.ConnectivityType ?? 'public';
  if (connectivityType !== 'public' && connectivityType !== 'private') {
    throw invalidParameterValue(
      `Value (${String(connectivityType)}) for parameter connectivityType is invalid.`,
    );
  }
  if (subnetId === undefined) throw missingParameter('SubnetId');
  if (connectivityType === 'private') {
    if (allocationId === undefined) return { subnetId, connectivityType, privateIpv4Address };
    throw invalidParameterCombination('AllocationId cannot be used with a private NAT gateway.');
  }
  if (allocationId === undefined) throw missingParameter('AllocationId');
  return { subnetId, connectivityType, allocationId, privateIpv4Address };
}

function refuseUnsupported(input: CreateNatGatewayRequest): void {
  const { AvailabilityMode: mode = 'zonal', AvailabilityZoneAddresses, VpcId } = input;
  if (mode !== 'zonal' || AvailabilityZoneAddresses !== undefined || VpcId !== undefined) {
    throw unsupported('Regional NAT gateways are not supported.');
  }
  const { SecondaryAllocationIds, SecondaryPrivateIpAddresses, SecondaryPrivateIpAddressCount } = input;
  const second = SecondaryAllocationIds ?? SecondaryPrivateIpAddresses ?? SecondaryPrivateIpAddressCount;
  if (second !== undefined) throw unsupported('Secondary addresses of NAT gateways are not supported.');
}
