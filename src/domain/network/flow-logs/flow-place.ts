/** Where traffic of a VPC goes and comes from, as flow logs tell it: paths, AWS's services, and what is never logged. */
import { AWS_SERVICES, serviceAddress } from '../aws-services.ts';
import { containsAddress, gatewayAddress, nthAddress, parseCidr } from '../cidr.ts';
import type { RouteTarget, RoutedSubnet, VpcPicture } from '../vpc.ts';

const LINK_LOCAL = '169.254.0.0/16';
const RESOLVER = 2;

/** By the route's target: `path` numbers of AWS, those of Nitro where there are two. */
const PATHS: Readonly<Record<RouteTarget['type'], number | undefined>> = {
  local: 1,
  'nat-gateway': 1,
  'internet-gateway': 8,
  'gateway-endpoint': 7,
  blackhole: undefined,
};

export class FlowPlaces {
  readonly #vpcCidr: string;
  readonly #subnets: ReadonlyMap<string, RoutedSubnet>;
  readonly #reserved: ReadonlySet<string>;
  readonly #services: ReadonlyMap<string, string>;

  /** `serviceCidr`: where AWS's services have their public addresses. */
  constructor(picture: Pick<VpcPicture, 'cidr' | 'subnets'>, serviceCidr: string) {
    this.#vpcCidr = picture.cidr;
    this.#subnets = new Map(picture.subnets.map((subnet) => [subnet.subnetId, subnet]));
    const routers = picture.subnets.map(({ cidr }) => gatewayAddress(cidr));
    this.#reserved = new Set([nthAddress(picture.cidr, RESOLVER), ...routers]);
    this.#services = new Map(
      AWS_SERVICES.map((each) => [
        serviceAddress(serviceCidr, each),
        each.service === 's3' ? 'S3' : 'AMAZON',
      ]),
    );
  }

  /** False for Amazon's DNS, link-local addresses (metadata, time) and the routers' own. */
  isLogged(address: string): boolean {
    return !this.#reserved.has(address) && !containsAddress(LINK_LOCAL, address);
  }

  /** The name that `pkt-src-aws-service` and its like have for an address. */
  awsService(address: string): string | undefined {
    return this.#services.get(address);
  }

  /** By which way traffic leaves an interface in a subnet; undefined when no route takes it. */
  trafficPath(subnetId: string, destination: string): number | undefined {
    if (containsAddress(this.#vpcCidr, destination)) return PATHS.local;
    const routes = this.#subnets.get(subnetId)?.routes ?? [];
    const [best] = routes
      .filter(({ destinationCidr }) => containsAddress(destinationCidr, destination))
      .sort((one, other) => bits(other.destinationCidr) - bits(one.destinationCidr));
    return best && PATHS[best.target.type];
  }
}

function bits(cidr: string): number {
  return parseCidr(cidr)?.bits ?? 0;
}
