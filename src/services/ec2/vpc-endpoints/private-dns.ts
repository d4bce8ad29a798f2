/**
 * Private DNS of interface endpoints: the service's usual names stand for the endpoint's addresses inside its VPC. Where
 * a service has gateway endpoints too, the names may be kept for those who ask from outside the VPC.
 */
import type { DnsOptionsSpecification } from '@aws-sdk/client-ec2';
import { findService } from '../../../domain/network/aws-services.ts';
import { privateServiceNames } from '../../../domain/network/names/endpoint-names.ts';
import type { VpcEndpointRecord } from '../../../domain/network/records.ts';
import { invalidParameter, unsupported } from '../errors.ts';
import type { NetworkReader } from '../network.ts';

type PrivateDns = Pick<VpcEndpointRecord, 'privateDnsEnabled' | 'privateDnsOnlyForInbound'>;

export interface AskedDns {
  readonly PrivateDnsEnabled?: boolean | undefined;
  readonly DnsOptions?: DnsOptionsSpecification | undefined;
}

const RECORD_TYPES = ['ipv4', 'service-defined'];

/** What a request makes of an endpoint's private DNS; AWS's defaults when there is no `current`. */
export function askedPrivateDns(
  service: string,
  { PrivateDnsEnabled, DnsOptions = {} }: AskedDns,
  current?: PrivateDns,
): PrivateDns {
  const { DnsRecordIpType: recordType, PrivateDnsOnlyForInboundResolverEndpoint: asked } = DnsOptions;
  if (recordType !== undefined && !RECORD_TYPES.includes(recordType)) {
    throw unsupported(`DNS records of the type ${recordType} are not supported: there is no IPv6.`);
  }
  const hasGateways = findService(service)?.endpointTypes.includes('gateway') === true;
  const privateDnsEnabled = PrivateDnsEnabled ?? current?.privateDnsEnabled ?? !hasGateways;
  if (asked === true && !(hasGateways && privateDnsEnabled)) {
    throw invalidParameter(
      'PrivateDnsOnlyForInboundResolverEndpoint is only supported with private DNS, for services that have both gateway and interface endpoints.',
    );
  }
  if (!hasGateways || !privateDnsEnabled) return { privateDnsEnabled };
  const privateDnsOnlyForInbound = asked ?? current?.privateDnsOnlyForInbound ?? true;
  return { privateDnsEnabled, privateDnsOnlyForInbound };
}

/** Throws InvalidParameter where the VPC does not allow what the endpoint is to have. */
export async function checkPrivateDns(
  reader: NetworkReader,
  endpoint: VpcEndpointRecord,
  dnsSuffix: string,
): Promise<void> {
  const { endpointId, vpcId, service, privateDnsEnabled, privateDnsOnlyForInbound = false } = endpoint;
  if (!privateDnsEnabled) return;
  const { enableDnsSupport, enableDnsHostnames } = await reader.require('vpc', vpcId);
  if (!enableDnsSupport || !enableDnsHostnames) {
    throw invalidParameter(
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpcId}`,
    );
  }
  const others = (await reader.inVpc('endpoint', vpcId)).filter(
    (other) => other.service === service && other.endpointId !== endpointId,
  );
  if (others.some((other) => other.privateDnsEnabled)) {
    const [name = ''] = privateServiceNames(service, reader.scope.region, dnsSuffix);
    throw invalidParameter(
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${name} in the VPC ${vpcId}`,
    );
  }
  if (privateDnsOnlyForInbound && !others.some(({ type }) => type === 'gateway')) {
    throw invalidParameter(
      `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${vpcId} must have a Gateway endpoint for the service.`,
    );
  }
}
