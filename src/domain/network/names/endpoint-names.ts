/** The DNS names that an interface endpoint has of its own, as AWS forms them. */
import { findService } from '../aws-services.ts';
import { shortHash } from '../short-hash.ts';

export interface EndpointPlace {
  readonly endpointId: string;
  /** Short: `ecr.api`. */
  readonly service: string;
  readonly region: string;
  /** The setting, e.g. `amazonaws.com`. */
  readonly suffix: string;
}

/** The name of all its interfaces: `vpce-0123…-89abcdef.logs.us-east-1.vpce.amazonaws.com`. */
export function endpointName(place: EndpointPlace): string {
  return nameOf(place, '');
}

/** The name of its interface in one zone: `vpce-0123…-89abcdef-us-east-1a.logs.…`. */
export function zonalEndpointName(place: EndpointPlace, availabilityZone: string): string {
  return nameOf(place, `-${availabilityZone}`);
}

function nameOf({ endpointId, service, region, suffix }: EndpointPlace, zone: string): string {
  return `${endpointId}-${shortHash(endpointId)}${zone}.${service}.${region}.vpce.${suffix}`;
}

/** The service's usual names, which an endpoint with private DNS takes over; `*` stands for labels before. */
export function privateServiceNames(service: string, region: string, suffix: string): readonly string[] {
  return (findService(service)?.names ?? []).map((name) => `${name.replace('<region>', region)}.${suffix}`);
}

/** The full name of a service: `com.amazonaws.<region>.<service>`. */
export function endpointServiceName(region: string, service: string): string {
  return `com.amazonaws.${region}.${service}`;
}
