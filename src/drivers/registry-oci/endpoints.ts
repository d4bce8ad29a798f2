/**
 * Where a registry's API lives, at which mirrors its content is found, and which addresses a registry may send us on
 * to. HTTPS everywhere, except for registries on the machine itself and those that a setting names.
 */
import { AppError } from '../../domain/errors.ts';
import { isLoopbackRegistry } from '../../domain/oci/reference.ts';
import { withoutQuery } from '../http-client/shown-address.ts';

export interface RegistryHost {
  /** Scheme, host and port in place of the registry's own name: `http://registry.local:5001`. */
  readonly url?: string;
  /** Plain HTTP. */
  readonly insecure?: boolean;
  /** PEM certificates to trust beside the system's. */
  readonly ca?: string;
}

/** Settings by registry as image references name it (`docker.io`, `registry.local:5000`). */
export type RegistryHosts = Readonly<Record<string, RegistryHost>>;

/** Where a registry's content is found too. */
export interface RegistryMirror {
  /** As image references name it. */
  readonly registry: string;
  /** Scheme, host and port; a path goes in front of the repository: `https://mirror.example/docker-hub`. */
  readonly url: string;
}

export interface RegistryAuthority {
  /** `amazonaws.com` */
  readonly domain: string;
  /** PEM; trusted beside the system's. */
  readonly ca: string;
}

export interface Endpoint {
  readonly registry: string;
  readonly base: URL;
  readonly isMirror: boolean;
  readonly ca?: string;
}

const DOCKER_HUB = 'registry-1.docker.io';

/** Where to ask for a registry's content: its mirrors in order, then the registry itself. */
export function endpointsOf(
  registry: string,
  hosts: RegistryHosts,
  mirrors: readonly RegistryMirror[],
  authority?: RegistryAuthority,
): Endpoint[] {
  const settings = Object.hasOwn(hosts, registry) ? hosts[registry] : undefined;
  const scheme = settings?.insecure === true || isLoopbackRegistry(registry) ? 'http' : 'https';
  const host = registry === 'docker.io' ? DOCKER_HUB : registry;
  const base = new URL(settings?.url ?? `${scheme}://${host}`);
  const isBelow = authority !== undefined && registry.endsWith(`.${authority.domain}`);
  const trusted = settings?.ca ?? (isBelow ? authority.ca : undefined);
  const ca = trusted === undefined ? {} : { ca: trusted };
  const own = mirrors.filter((mirror) => mirror.registry === registry);
  return [
    ...own.map(({ url }) => ({ registry, base: new URL(url), isMirror: true })),
    { registry, base, isMirror: false, ...ca },
  ];
}

/** The repository's name there. */
export function repositoryAt({ base }: Endpoint, repository: string): string {
  return `${base.pathname.replace(/\/$/, '')}/${repository}`.slice(1);
}

/**
 * Refuses an address (a redirect's, a token server's) that would weaken what the registry's own address promises:
 * plain HTTP after HTTPS, or the machine itself when the registry is elsewhere.
 */
export function checkOnward(endpoint: Endpoint, url: URL, why: string): void {
  const from = endpoint.base;
  const onward = url.protocol === 'http:' || url.protocol === 'https:';
  const weaker = from.protocol === 'https:' && url.protocol !== 'https:';
  const inward = isLoopbackRegistry(url.host) && !isLoopbackRegistry(from.host);
  if (onward && !weaker && !inward) return;
  throw new AppError('invalid', `${why} to ${url.origin} is not followed`, {
    details: { url: withoutQuery(url) },
  });
}
