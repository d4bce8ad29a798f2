/**
 * Image references as Docker and containerd read them: what has no registry is on docker.io, what has one path part
 * there is under library/, what has neither tag nor digest means `latest`. The grammar is distribution's; so are the
 * words of the errors.
 */
import { AppError } from '../errors.ts';

export interface ImageReference {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const DEFAULT_REGISTRY = 'docker.io';
const LEGACY_REGISTRY = 'index.docker.io';
const OFFICIAL_PREFIX = 'library/';
const MAX_REPOSITORY = 255;

const HOST_PART = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const REGISTRY = `(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PATH_PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';
const REFERENCE = new RegExp(
  `^(${REGISTRY})/(${PATH_PART}(?:/${PATH_PART})*)(?::(${TAG}))?(?:@(${DIGEST}))?$`,
);
const HEX_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** Reads a reference, or throws `invalid` with Docker's words. The result always has a tag or a digest. */
export function parseReference(text: string): ImageReference {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw invalid(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const { registry, rest } = splitRegistry(text);
  const name = rest.split(':', 1)[0] ?? rest;
  if (name.toLowerCase() !== name) {
    throw invalid(`invalid reference format: repository name (${name}) must be lowercase`);
  }
  const match = REFERENCE.exec(`${registry}/${rest}`);
  const [, host, repository, tag, digest] = match ?? [];
  if (host === undefined || repository === undefined) throw invalid('invalid reference format');
  if (repository.length > MAX_REPOSITORY) {
    throw invalid(`repository name must not be more than ${MAX_REPOSITORY} characters`);
  }
  if (digest !== undefined) checkDigest(digest);
  return {
    registry: host,
    repository,
    ...(tag === undefined ? (digest === undefined ? { tag: 'latest' } : {}) : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The full form: `docker.io/library/busybox:latest`. */
export function formatReference(reference: ImageReference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The short form that people write: `busybox:latest`. */
export function familiarReference(reference: ImageReference): string {
  if (reference.registry !== DEFAULT_REGISTRY) return formatReference(reference);
  const official = reference.repository.startsWith(OFFICIAL_PREFIX);
  const rest = official ? reference.repository.slice(OFFICIAL_PREFIX.length) : reference.repository;
  return `${rest.includes('/') && official ? reference.repository : rest}${suffix(reference)}`;
}

/** True for a registry on the machine itself: localhost, 127.0.0.0/8, ::1, with or without a port. */
export function isLoopbackRegistry(registry: string): boolean {
  const host = registry.replace(/:\d+$/, '').toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

function suffix(reference: ImageReference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  return reference.digest === undefined ? tag : `${tag}@${reference.digest}`;
}

/** A first part is a registry when it has a dot, a port or a capital letter, or is localhost. */
function splitRegistry(text: string): { registry: string; rest: string } {
  const slash = text.indexOf('/');
  if (slash < 0) return { registry: DEFAULT_REGISTRY, rest: OFFICIAL_PREFIX + text };
  const first = text.slice(0, slash);
  const isRegistry = first === 'localhost' || /[.:]/.test(first) || first.toLowerCase() !== first;
  const registry = !isRegistry || first === LEGACY_REGISTRY ? DEFAULT_REGISTRY : first;
  const rest = isRegistry ? text.slice(slash + 1) : text;
  const official = registry === DEFAULT_REGISTRY && !rest.includes('/');
  return { registry, rest: official ? OFFICIAL_PREFIX + rest : rest };
}

function checkDigest(digest: string): void {
  const [algorithm = '', hex = ''] = digest.split(':');
  const length = HEX_LENGTHS[algorithm];
  if (length === undefined) throw invalid('unsupported digest algorithm');
  if (hex.length !== length) throw invalid('invalid checksum digest length');
  if (hex.toLowerCase() !== hex) throw invalid('invalid checksum digest format');
}

function invalid(message: string): AppError {
  return new AppError('invalid', message);
}
