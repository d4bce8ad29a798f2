/** The network of this machine's tasks with what VPCs offer inside: names, AWS services, registries of the host. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { ServiceAccess } from '../../agent/aws/service-client.ts';
import {
  createDnsForwarder,
  type DnsForwarderDeps,
  parseNameservers,
} from '../../agent/vpc-services/dns-forwarder.ts';
import { VpcResolver, type VpcResolverDeps } from '../../agent/vpc-services/vpc-resolver.ts';
import {
  type ServedFileSystems,
  type ServiceTarget,
  type VpcServicesDeps,
  withVpcServices,
} from '../../agent/vpc-services/vpc-services.ts';
import { LinuxTaskNetwork } from '../../drivers/network-linux/linux-task-network.ts';
import { randomIds } from '../../drivers/system/random-ids.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { TaskNetwork } from '../../ports/task-network.ts';
import { SchemaCodecs } from '../../wire/aws-json/operation-codec.ts';
import { serviceLine } from '../../wire/front-door/service-socket.ts';
import type { AgentConfig } from './agent-config.ts';
import { registryPort } from '../config/kinds.ts';
import type { DataDir } from '../data-dir.ts';
import { agentConnections } from '../open-files.ts';

const RESOLV_CONF = '/etc/resolv.conf';
const FRESH_MS = 1000;
const S3 = 's3';

type NetworkConfig = Pick<
  AgentConfig,
  | 'uplinkCidr'
  | 'publicCidr'
  | 'publicRouted'
  | 'connectTimeoutMs'
  | 'serviceCidr'
  | 'dnsSuffix'
  | 'nameServers'
  | 'registries'
  | 's3Endpoint'
  | 'services'
  | 'endpoint'
  | 'serviceAuthority'
>;

export interface NetworkSurroundings {
  /** Who serves them at their mount targets. */
  readonly fileSystems: ServedFileSystems;
  readonly logger: Logger;
  /** Ends listeners inside VPCs. */
  readonly signal: AbortSignal;
}

export function createMachineNetwork(
  config: NetworkConfig,
  dir: Pick<DataDir, 'root' | 'serviceSocket'>,
  { signal, ...surroundings }: NetworkSurroundings,
): TaskNetwork {
  const resolver = createVpcResolver(config, (vpcId, address) => network.privateAddressOf(vpcId, address));
  const network: LinuxTaskNetwork = new LinuxTaskNetwork({
    instance: dir.root,
    uplinkPool: config.uplinkCidr,
    publicCidr: config.publicCidr,
    publicRouted: config.publicRouted,
    connectTimeoutMs: config.connectTimeoutMs,
    resolve: (host, vpcId) => resolver.addresses(vpcId, host),
  });
  const publicAddressOf = (vpcId: string, address: string) => network.publicAddressOf(vpcId, address);
  const parts = { resolver, config, socket: dir.serviceSocket, publicAddressOf, ...surroundings };
  return withServices(network, parts, signal);
}

export interface ServicesParts {
  readonly resolver: VpcResolver;
  readonly config: Pick<NetworkConfig, 'serviceCidr' | 'services' | 'registries'>;
  /** Where the front door takes connections of tasks. */
  readonly socket: string;
  /** Absent: no task has a public address. */
  readonly publicAddressOf?: VpcServicesDeps['publicAddressOf'];
  readonly fileSystems: ServedFileSystems;
  readonly logger: Logger;
}

/** A network with the services of Neargate inside its VPCs. */
export function withServices(
  network: TaskNetwork,
  { config, socket, publicAddressOf = () => undefined, ...parts }: ServicesParts,
  signal: AbortSignal,
): TaskNetwork {
  const places = {
    serviceCidr: config.serviceCidr,
    services: new Set(config.services),
    registries: config.registries.map((registry) => ({
      port: registryPort(registry),
      target: { host: registry.host, port: registry.port },
    })),
  };
  const openService = (target: ServiceTarget) => {
    const connection = connect({ path: socket, allowHalfOpen: true });
    connection.write(serviceLine(target));
    return connection;
  };
  const mostConnections = agentConnections(parts.logger);
  return withVpcServices(
    { network, places, openService, publicAddressOf, mostConnections, ...parts },
    signal,
  );
}

/** What names mean in VPCs, by the settings. */
export function createVpcResolver(
  config: Pick<
    NetworkConfig,
    'serviceCidr' | 'publicCidr' | 'dnsSuffix' | 'nameServers' | 'registries' | 's3Endpoint' | 'services'
  >,
  privateAddressOf: VpcResolverDeps['privateAddressOf'] = () => undefined,
): VpcResolver {
  const { serviceCidr, publicCidr, dnsSuffix, nameServers, s3Endpoint } = config;
  const upstreams = nameServers.length > 0 ? async () => nameServers : namedResolvers();
  // Without an S3 of ours, buckets are AWS's own.
  const served = config.services.filter((service) => service !== S3 || s3Endpoint !== undefined);
  const registries = config.registries.map(({ name }) => (name.split(':')[0] ?? name).toLowerCase());
  return new VpcResolver({
    privateAddressOf,
    names: { serviceCidr, publicCidr, dnsSuffix, served: new Set(served), registries: new Set(registries) },
    forward: createDnsForwarder({ upstreams, clock: systemClock, ids: randomIds }),
    clock: systemClock,
    ids: randomIds,
  });
}

/** As the host's resolv.conf names them; looked up at most once a second. */
function namedResolvers(): DnsForwarderDeps['upstreams'] {
  let known: ReturnType<DnsForwarderDeps['upstreams']> = Promise.resolve([]);
  let knownAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = systemClock.now();
    if (Math.abs(now - knownAt) < FRESH_MS) return known;
    knownAt = now;
    known = readFile(RESOLV_CONF, 'utf8').then(parseNameservers, () => []);
    return known;
  };
}

/** How the agent asks AWS's services on behalf of tasks: by their names, through the tasks' networks. */
export function serviceAccess(config: NetworkConfig): ServiceAccess {
  const { endpoint, dnsSuffix, serviceAuthority } = config;
  const trust = createSecureContext({ ca: serviceAuthority });
  const names = { suffix: dnsSuffix, ca: serviceAuthority, trust };
  return { endpoint, names, codecs: new SchemaCodecs(), clock: systemClock };
}
