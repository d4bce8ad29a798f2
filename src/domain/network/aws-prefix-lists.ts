/**
 * The prefix lists that AWS manages: one for each service with a gateway endpoint. Ids differ by region and never
 * change; the entry is the service's public address on this Neargate.
 */
import { AWS_SERVICES, serviceAddress } from './aws-services.ts';
import { endpointServiceName } from './names/endpoint-names.ts';
import { shortHash } from './short-hash.ts';

export interface AwsPrefixList {
  readonly prefixListId: string;
  /** `com.amazonaws.<region>.<service>`. */
  readonly name: string;
  readonly service: string;
  readonly cidrs: readonly string[];
}

/** `serviceCidr` is the setting. */
export function awsPrefixLists(region: string, serviceCidr: string): readonly AwsPrefixList[] {
  return AWS_SERVICES.filter(({ endpointTypes }) => endpointTypes.includes('gateway')).map((service) => ({
    prefixListId: awsPrefixListId(region, service.service),
    name: endpointServiceName(region, service.service),
    service: service.service,
    cidrs: [`${serviceAddress(serviceCidr, service)}/32`],
  }));
}

/** The id of the list of a service with a gateway endpoint: eight digits, as AWS's own lists have. */
export function awsPrefixListId(region: string, service: string): string {
  return `pl-${shortHash(`${region}/${service}`)}`;
}
