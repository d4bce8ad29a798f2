/** Names of ECR: repositories, and the hosts by which registries and layers are reached. */
import { formatArn, type Scope } from '../arn.ts';

const NAME_PART = '[a-z0-9]+(?:[._-][a-z0-9]+)*';

/** As AWS writes it. */
export const REPOSITORY_NAME_PATTERN = `(?:${NAME_PART}/)*${NAME_PART}`;
export const REPOSITORY_NAME = new RegExp(`^${REPOSITORY_NAME_PATTERN}$`);
export const SHORTEST_REPOSITORY_NAME = 2;
export const LONGEST_REPOSITORY_NAME = 256;

export const IMAGE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
export const IMAGE_DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What the path of a registry may hold as a repository's name. */
export function isRepositoryName(name: string): boolean {
  return (
    name.length >= SHORTEST_REPOSITORY_NAME &&
    name.length <= LONGEST_REPOSITORY_NAME &&
    REPOSITORY_NAME.test(name)
  );
}

export const repositoryArn = (scope: Scope, name: string): string =>
  formatArn('ecr', scope, `repository/${name}`);

/** `<account>.dkr.ecr.<region>.<suffix>`. */
export function registryHost({ account, region }: Scope, suffix: string): string {
  return `${account}.dkr.ecr.${region}.${suffix}`;
}

/** The account and region whose registry a host name is, or undefined. Upper and lower case are the same. */
export function scopeOfRegistryHost(host: string, suffix: string): Scope | undefined {
  const name = host.toLowerCase();
  if (!name.endsWith(`.${suffix}`)) return undefined;
  const match = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)$/.exec(name.slice(0, -suffix.length - 1));
  const [, account, region] = match ?? [];
  return account === undefined || region === undefined ? undefined : { account, region };
}

/** The registry of ECR that an image lies in, or undefined. */
export function registryOfImage(image: string, suffix: string): Scope | undefined {
  return scopeOfRegistryHost(image.split('/', 1)[0] ?? '', suffix);
}

/** The bucket that layers of a region are downloaded from. */
export function layerHost(region: string, suffix: string): string {
  return `prod-${region}-starport-layer-bucket.s3.${region}.${suffix}`;
}

export function isLayerHost(host: string, suffix: string): boolean {
  const name = host.toLowerCase();
  const region = /^prod-([a-z0-9-]+)-starport-layer-bucket\.s3\./.exec(name)?.[1];
  return region !== undefined && name === layerHost(region, suffix);
}
