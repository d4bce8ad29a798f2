/**
 * The prefix lists that AWS manages: one for each service with a gateway endpoint. Ids differ by region and never
 * change; the entry is the service's public address on this Neargate.
 */
import { AWS_SERVICES, type AwsService, serviceAddress } from './aws-services.ts';

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
    name: prefixListName(region, service),
    service: service.service,
    cidrs: [`${serviceAddress(serviceCidr, service)}/32`],
  }));
}

/** The id of the list of a service with a gateway endpoint: eight digits, as AWS's own lists have. */
export function awsPrefixListId(region: string, service: string): string {
  return `pl-${fnv1a(`${region}/${service}`).toString(16).padStart(8, '0')}`;
}

function prefixListName(region: string, { service }: AwsService): string {
  return `com.amazonaws.${region}.${service}`;
}

/** A hash of 32 bits that nobody has to protect. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
