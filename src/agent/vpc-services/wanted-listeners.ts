/**
 * What is to listen inside a VPC, by its picture: the resolver, the services at their addresses, file systems at their
 * mount targets. Pure.
 */
import {
  AWS_SERVICES,
  endpointAddress,
  registriesAddress,
  serviceAddress,
} from '../../domain/network/aws-services.ts';
import { mountTargetAddresses } from '../../domain/efs/mount-target-names.ts';
import { nthAddress } from '../../domain/network/cidr.ts';
import type { VpcPicture } from '../../domain/network/vpc.ts';
import { endpointAt } from '../../domain/network/names/vpc-names.ts';
import type { DialTarget } from '../../ports/dialer.ts';

/** AWS's own link-local resolver address, the same in every VPC. */
const RESOLVER_ADDRESS = '169.254.169.253';
const DNS_PORT = 53;
const PLAIN_PORT = 80;
const TLS_PORT = 443;
const NFS_PORT = 2049;
/** Where every service answers. */
const ANY_SERVICE = '*';

export type ListenerRole =
  | { readonly type: 'dns'; readonly transport: 'udp' | 'tcp' }
  /** AWS's short name, or `*`. */
  | {
      readonly type: 'service';
      readonly service: string;
      readonly secure: boolean;
      /** The VPC endpoint whose address it is. */
      readonly endpointId?: string;
    }
  | { readonly type: 'registry'; readonly target: DialTarget }
  | { readonly type: 'nfs'; readonly fileSystemId: string };

export interface WantedListener {
  readonly address: string;
  readonly port: number;
  readonly role: ListenerRole;
}

/** A registry of the host, and the port by which tasks know it. */
export interface HostRegistry {
  readonly port: number;
  readonly target: DialTarget;
}

export interface ServicePlaces {
  /** The setting. */
  readonly serviceCidr: string;
  /** AWS's short names of what there is. */
  readonly services: ReadonlySet<string>;
  readonly registries: readonly HostRegistry[];
}

export function wantedListeners(picture: VpcPicture, places: ServicePlaces): WantedListener[] {
  const { serviceCidr, services, registries } = places;
  const atPublic = AWS_SERVICES.filter(({ service }) => services.has(service)).map((known) => ({
    address: serviceAddress(serviceCidr, known),
    service: known.service,
  }));
  const atEndpoints = picture.interfaces.flatMap(({ privateIpv4Address, purpose }) => {
    const endpoint = purpose === 'endpoint' ? endpointAt(picture, privateIpv4Address) : undefined;
    if (endpoint === undefined || !services.has(endpoint.service)) return [];
    return [{ address: privateIpv4Address, ...endpoint }];
  });
  const general = [{ address: endpointAddress(serviceCidr), service: ANY_SERVICE }];
  return [
    ...(picture.enableDnsSupport ? resolverListeners(picture) : []),
    ...[...general, ...atPublic, ...atEndpoints].flatMap(({ address, ...reached }) => [
      { address, port: PLAIN_PORT, role: { type: 'service' as const, ...reached, secure: false } },
      { address, port: TLS_PORT, role: { type: 'service' as const, ...reached, secure: true } },
    ]),
    ...registries.map(({ port, target }) => ({
      address: registriesAddress(serviceCidr),
      port,
      role: { type: 'registry' as const, target },
    })),
    ...nfsListeners(picture),
  ];
}

function nfsListeners(picture: VpcPicture): WantedListener[] {
  return picture.fileSystems.flatMap(({ fileSystemId }) =>
    mountTargetAddresses(picture, fileSystemId).map((address) => ({
      ...{ address, port: NFS_PORT },
      role: { type: 'nfs' as const, fileSystemId },
    })),
  );
}

function resolverListeners({ cidr }: VpcPicture): WantedListener[] {
  return [nthAddress(cidr, 2), RESOLVER_ADDRESS].flatMap((address) =>
    (['udp', 'tcp'] as const).map((transport) => ({
      ...{ address, port: DNS_PORT },
      role: { type: 'dns' as const, transport },
    })),
  );
}
