/** DescribeVpcEndpointServices: what endpoints may lead to. */
import {
  DescribeVpcEndpointServices$,
  type DescribeVpcEndpointServicesRequest,
  type DescribeVpcEndpointServicesResult,
  type ServiceDetail,
} from '@aws-sdk/client-ec2';
import type { Scope } from '../../../domain/arn.ts';
import { endpointServiceName, privateServiceNames } from '../../../domain/network/names/endpoint-names.ts';
import type { Tags, VpcEndpointRecord } from '../../../domain/network/records.ts';
import { shortHash } from '../../../domain/network/short-hash.ts';
import { zonesOf } from '../../../domain/network/zones.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { type FilterFields, filtered } from '../filters.ts';
import { pageOf, withinMax } from '../page.ts';
import type { Ec2Parts } from '../parts.ts';
import { ENDPOINT_TYPES, endpointServices, requireService } from './endpoint-services.ts';

/** A service by one type of its endpoints. */
interface Offer {
  readonly service: string;
  readonly name: string;
  readonly type: VpcEndpointRecord['type'];
  readonly tags: Tags;
}

const OWNER = 'amazon';

export function describeVpcEndpointServicesOperation({ dnsSuffix }: Ec2Parts) {
  return operation(
    DescribeVpcEndpointServices$,
    // Answers at once: the services are no records.
    async (
      input: DescribeVpcEndpointServicesRequest,
      { scope }: RequestContext,
    ): Promise<DescribeVpcEndpointServicesResult> => {
      const offers = asked(input, scope);
      const fitting = filtered(offers, input.Filters, filters(scope));
      const { items, nextToken } = pageOf(fitting, ({ name, type }) => `${name} ${type}`, withinMax(input), {
        question: ['DescribeVpcEndpointServices', input.ServiceNames ?? [], input.Filters ?? []],
        min: 1,
      });
      return {
        ServiceNames: [...new Set(items.map(({ name }) => name))],
        ServiceDetails: items.map((offer) => detail(offer, scope, dnsSuffix)),
        NextToken: nextToken,
      };
    },
  );
}

/** Throws InvalidServiceName. */
function asked(
  { ServiceNames: names = [], ServiceRegions: regions = [] }: DescribeVpcEndpointServicesRequest,
  scope: Scope,
): readonly Offer[] {
  const services = names.length === 0 ? endpointServices() : names.map((name) => requireService(name, scope));
  if (regions.length > 0 && !regions.includes(scope.region)) return [];
  return [...new Set(services)].flatMap(({ service, endpointTypes }) =>
    endpointTypes.map((type) => ({
      ...{ service, type, tags: {} },
      name: endpointServiceName(scope.region, service),
    })),
  );
}

function filters({ region }: Scope): FilterFields<Offer> {
  return {
    owner: () => OWNER,
    'service-name': ({ name }) => name,
    'service-region': () => region,
    'service-type': ({ type }) => ENDPOINT_TYPES[type],
    'supported-ip-address-types': () => 'ipv4',
  };
}

function detail({ service, name, type }: Offer, { region }: Scope, suffix: string): ServiceDetail {
  const usual = privateServiceNames(service, region, suffix);
  const isInterface = type === 'interface';
  return {
    ServiceName: name,
    ServiceId: `vpce-svc-0${shortHash(`${name} ${type}`)}${shortHash(`${type} ${name}`)}`,
    ServiceType: [{ ServiceType: ENDPOINT_TYPES[type] }],
    ServiceRegion: region,
    AvailabilityZones: zonesOf(region).map(({ zoneName }) => zoneName),
    Owner: OWNER,
    BaseEndpointDnsNames: isInterface ? [`${service}.${region}.vpce.${suffix}`] : usual.slice(0, 1),
    ...(isInterface
      ? {
          PrivateDnsName: usual[0],
          PrivateDnsNames: usual.map((PrivateDnsName) => ({ PrivateDnsName })),
          PrivateDnsNameVerificationState: 'verified' as const,
        }
      : {}),
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    Tags: [],
    SupportedIpAddressTypes: ['ipv4'],
  };
}
