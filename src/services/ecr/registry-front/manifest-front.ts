/** Manifests and tags as the registry's protocol has them: what a tag names is in ECR's records. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scope } from '../../../domain/arn.ts';
import { AppError } from '../../../domain/errors.ts';
import type { RepositoryRecord } from '../../../domain/ecr/records.ts';
import { MANIFEST_ACCEPT } from '../../../domain/oci/media-types.ts';
import { type BodyBudget, discardBody, readBody } from '../../../wire/front-door/request-body.ts';
import type { EcrDeps } from '../deps.ts';
import type { ImageName } from '../images/image-store.ts';
import { LARGEST_MANIFEST } from '../images/manifests.ts';
import { placeOf } from '../repositories/repository-store.ts';
import { API_VERSION, RegistryRefusal } from './answers.ts';
import { relay } from './relay.ts';

export interface RepositoryRequest {
  readonly scope: Scope;
  readonly repository: RepositoryRecord;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** For those of all requests. */
  readonly bodies: BodyBudget;
}

const BODY_TIMEOUT_MS = 60_000;
/** Of a body that is refused. */
const DISCARD_MS = 1000;

export async function serveManifest(
  deps: EcrDeps,
  { scope, repository, request, response }: RepositoryRequest,
  name: ImageName,
): Promise<void> {
  const image = await deps.images.find(repository, name);
  if (image === undefined) throw new RegistryRefusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  await relay(deps.registry, request, response, {
    path: `/v2/${placeOf(scope, repository)}/manifests/${image.digest}`,
    headers: { accept: MANIFEST_ACCEPT.join(', ') },
    answer: (headers) => ({ ...headers, 'content-type': image.mediaType }),
  });
}

export async function takeManifest(
  { images }: EcrDeps,
  { scope, repository: { name }, request, response, bodies }: RepositoryRequest,
  { digest, tag }: ImageName,
): Promise<void> {
  const bytes = await readManifest(request, response, bodies);
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim();
  const { image } = await images
    .put(scope, name, { bytes, mediaType, tag, digest })
    .finally(() => bodies.release(bytes.length));
  response.writeHead(201, {
    ...API_VERSION,
    location: `/v2/${name}/manifests/${image.digest}`,
    'docker-content-digest': image.digest,
    'content-length': 0,
  });
  response.end();
}

/** `n` tags behind `last`, in alphabetical order. */
export async function serveTags(
  { images }: EcrDeps,
  { repository, request, response }: RepositoryRequest,
): Promise<void> {
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
  const last = query.get('last') ?? '';
  const limit = Math.min(Number(query.get('n') ?? MOST_TAGS) || MOST_TAGS, MOST_TAGS);
  const all = (await images.list(repository)).flatMap(({ tags }) => tags).sort();
  const behind = all.filter((tag) => tag > last);
  const shown = behind.slice(0, limit);
  const body = JSON.stringify({ name: repository.name, tags: shown });
  const next = `/v2/${repository.name}/tags/list?last=${shown.at(-1)}&n=${limit}`;
  response.writeHead(200, {
    ...API_VERSION,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...(behind.length > shown.length && { link: `<${next}>; rel="next"` }),
  });
  response.end(body);
}

const MOST_TAGS = 1000;

/** The bytes, which the caller gives back to the budget. */
async function readManifest(
  request: IncomingMessage,
  response: ServerResponse,
  bodies: BodyBudget,
): Promise<Buffer> {
  const body = await readBody(request, LARGEST_MANIFEST, BODY_TIMEOUT_MS, bodies);
  if (typeof body !== 'string') return body;
  if (body === 'too-late' || !(await discardBody(request, DISCARD_MS))) response.shouldKeepAlive = false;
  if (body === 'too-large') throw new AppError('invalid', 'manifest is too large');
  if (body === 'too-late') throw new RegistryRefusal(408, 'UNKNOWN', 'The request took too long.');
  throw new RegistryRefusal(503, 'UNAVAILABLE', 'Service Unavailable');
}
