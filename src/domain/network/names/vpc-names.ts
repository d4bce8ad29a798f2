/**
 * What names mean inside a VPC: the private names of its addresses, the AWS services (at the addresses of an interface
 * endpoint with private DNS, else at their public ones), the endpoints' own names, mount targets of file systems, and
 * registries of the host. Every other name is for the host's resolvers.
 */
import { isLayerHost } from '../../ecr/names.ts';
import { mountTargetsOf } from '../../efs/mount-target-names.ts';
import { findService, registriesAddress, serviceAddress, serviceOfName } from '../aws-services.ts';
import { containsAddress } from '../cidr.ts';
import { dnsDomain, privateDnsName, publicDnsName } from './dns-names.ts';
import type { EndpointPicture, VpcPicture } from '../vpc.ts';

export interface ServiceNames {
  /** The settings `serviceCidr` and `dnsSuffix`. */
  readonly serviceCidr: string;
  readonly dnsSuffix: string;
  /**
   * AWS's short names of the services that are here; the names of others are left to the host's resolvers. The S3 host
   * of ECR's layers is always here.
   */
  readonly served: ReadonlySet<string>;
  /** The setting: of the public addresses that tasks and gateways have. */
  readonly publicCidr: string;
  /** Host names, in lower case, of registries of the host. */
  readonly registries: ReadonlySet<string>;
}

/** Addresses; `unknown`: there is no such name; `elsewhere`: others know. */
export type NameMeaning = readonly string[] | 'unknown' | 'elsewhere';

const REGION = /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)(?:\.|$)/;

/** What a host name means in a VPC whose DNS support is on, to one who asks from the address `asker`. */
export function addressesOf(
  picture: VpcPicture,
  host: string,
  names: ServiceNames,
  asker?: string,
): NameMeaning {
  const name = host.toLowerCase().replace(/\.$/, '');
  if (names.registries.has(name)) return [registriesAddress(names.serviceCidr)];
  const own = picture.endpoints.find(({ dnsNames }) => dnsNames.some((known) => matches(known, name)));
  if (own !== undefined) return endpointAddresses(picture, own, name);
  const domain = dnsDomain(picture.region);
  if (name === domain || name.endsWith(`.${domain}`)) return privateAddress(picture, name) ?? 'unknown';
  return mountTargetsOf(picture, name, names.dnsSuffix, asker) ?? serviceAddresses(picture, name, names);
}

/** The name of a private address, asked for as `5.16.31.172.in-addr.arpa`. */
export function pointerOf(picture: VpcPicture, name: string): { name: string } | 'unknown' | 'elsewhere' {
  const [, reversed] = /^(\d+\.\d+\.\d+\.\d+)\.in-addr\.arpa\.?$/i.exec(name) ?? [];
  const address = reversed?.split('.').toReversed().join('.');
  if (address === undefined || !containsAddress(picture.cidr, address)) return 'elsewhere';
  // The host's network may use the same range: what its resolvers know of it is not for the VPC.
  return picture.enableDnsHostnames ? { name: privateDnsName(picture.region, address) } : 'unknown';
}

/** Whether some endpoint name covers a host name; `*.` stands for labels before. */
export function matches(known: string, name: string): boolean {
  const full = known.toLowerCase();
  return full.startsWith('*.') ? name.endsWith(full.slice(1)) && name.length >= full.length : name === full;
}

function privateAddress(picture: VpcPicture, name: string): readonly string[] | undefined {
  const [, dashed] = /^ip-(\d+-\d+-\d+-\d+)\./.exec(name) ?? [];
  const address = dashed?.replaceAll('-', '.');
  if (address === undefined || !picture.enableDnsHostnames) return undefined;
  if (!containsAddress(picture.cidr, address) || name !== privateDnsName(picture.region, address)) {
    return undefined;
  }
  return [address];
}

/** Of a public name: inside the VPC, the private address where the picture knows it. */
function publicAddress(picture: VpcPicture, name: string, names: ServiceNames): string | undefined {
  const [, dashed, place] = /^ec2-(\d+-\d+-\d+-\d+)\.([a-z0-9-]+)\./.exec(name) ?? [];
  const address = dashed?.replaceAll('-', '.');
  if (address === undefined || !containsAddress(names.publicCidr, address)) return undefined;
  const region = place === 'compute-1' ? 'us-east-1' : (place ?? '');
  if (name !== publicDnsName(region, address, names.dnsSuffix)) return undefined;
  const own = picture.interfaces.find(({ publicIpv4Address }) => publicIpv4Address === address);
  return own?.privateIpv4Address ?? address;
}

/** Names of the VPC's own region may be an endpoint's; those of other regions are public. */
function serviceAddresses(picture: VpcPicture, name: string, names: ServiceNames): NameMeaning {
  if (!name.endsWith(`.${names.dnsSuffix}`)) return 'elsewhere';
  const own = publicAddress(picture, name, names);
  if (own !== undefined) return [own];
  const inner = name.slice(0, -names.dnsSuffix.length - 1);
  const region = REGION.exec(inner)?.[1] ?? picture.region;
  const service = serviceOfName(name, region, names.dnsSuffix);
  if (service === undefined) return 'elsewhere';
  if (region === picture.region) {
    const endpoint = picture.endpoints.find(
      (each) => each.type === 'interface' && each.privateDns && each.service === service.service,
    );
    // A VPC needs both of its attributes for private DNS.
    if (endpoint !== undefined && picture.enableDnsHostnames) return endpointAddresses(picture, endpoint);
  }
  const isHere = names.served.has(service.service) || isLayerHost(name, names.dnsSuffix);
  return isHere ? [serviceAddress(names.serviceCidr, service)] : 'elsewhere';
}

/** Of all interfaces of an endpoint, or of those in the zone that the name says. */
function endpointAddresses(picture: VpcPicture, endpoint: EndpointPicture, name = ''): readonly string[] {
  const interfaces = picture.interfaces.filter(({ eniId }) => endpoint.eniIds.includes(eniId));
  const zones = new Map(
    picture.subnets.map(({ subnetId, availabilityZone }) => [subnetId, availabilityZone]),
  );
  const zone = [...new Set(zones.values())].find((each) =>
    new RegExp(`(^|\\.)${endpoint.endpointId}-[0-9a-z]+-${each}\\.`).test(name),
  );
  return interfaces
    .filter(({ subnetId }) => zone === undefined || zones.get(subnetId) === zone)
    .map(({ privateIpv4Address }) => privateIpv4Address);
}

/** The endpoint that has an interface at an address, and its service; or undefined. */
export function endpointAt(
  picture: VpcPicture,
  address: string,
): { readonly endpointId: string; readonly service: string } | undefined {
  const eni = picture.interfaces.find((each) => each.privateIpv4Address === address);
  if (eni === undefined) return undefined;
  const endpoint = picture.endpoints.find(({ eniIds }) => eniIds.includes(eni.eniId));
  const service = endpoint === undefined ? undefined : findService(endpoint.service)?.service;
  if (endpoint === undefined || service === undefined) return undefined;
  return { endpointId: endpoint.endpointId, service };
}
