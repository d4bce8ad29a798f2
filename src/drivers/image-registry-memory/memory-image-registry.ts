/** The registry behind ECR in memory, for tests: of the protocol, what ECR uses, with distribution's answers. */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { AppError } from '../../domain/errors.ts';
import type { ImageRegistry, RegistryAnswer, RegistryExchange } from '../../ports/image-registry.ts';

interface Repository {
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, { readonly mediaType: string; readonly bytes: Buffer }>;
  readonly uploads: Map<string, Buffer>;
}

interface Asked {
  readonly exchange: RegistryExchange;
  readonly place: string;
  readonly repository: Repository;
  readonly query: URLSearchParams;
  /** Digest or id of the upload. */
  readonly name: string;
}

const ROUTE = /^\/v2\/(?<place>.+?)\/(?<kind>manifests|blobs\/uploads|blobs)\/(?<name>[^/]*)$/;

export class MemoryImageRegistry implements ImageRegistry {
  readonly #repositories = new Map<string, Repository>();
  /** Set by a test: what every exchange fails with. */
  failure: AppError | undefined;

  /** Places that hold anything. */
  get places(): string[] {
    return [...this.#repositories.keys()];
  }

  async exchange(exchange: RegistryExchange): Promise<RegistryAnswer> {
    if (exchange.signal?.aborted === true) throw new AppError('aborted', 'the caller has gone');
    if (this.failure !== undefined) throw this.failure;
    const { pathname, searchParams: query } = new URL(exchange.path, 'http://localhost');
    const { place, kind, name = '' } = ROUTE.exec(pathname)?.groups ?? {};
    if (place === undefined) return answer(pathname === '/v2/' ? 200 : 404);
    const asked = { exchange, place, repository: this.#repositoryAt(place), query, name };
    if (kind === 'manifests') return manifest(asked);
    if (kind === 'blobs') return blob(asked);
    return exchange.method === 'POST' ? this.#beginUpload(asked) : upload(asked);
  }

  removeRepository(place: string): Promise<void> {
    this.#repositories.delete(place);
    return Promise.resolve();
  }

  #repositoryAt(place: string): Repository {
    const known = this.#repositories.get(place);
    if (known !== undefined) return known;
    const repository = { blobs: new Map(), manifests: new Map(), uploads: new Map() };
    this.#repositories.set(place, repository);
    return repository;
  }

  #beginUpload({ repository, query, place }: Asked): RegistryAnswer {
    const mount = query.get('mount') ?? '';
    const bytes = this.#repositories.get(query.get('from') ?? '')?.blobs.get(mount);
    if (bytes !== undefined) {
      repository.blobs.set(mount, bytes);
      return answer(201, { location: `/v2/${place}/blobs/${mount}`, 'docker-content-digest': mount });
    }
    const id = randomUUID();
    repository.uploads.set(id, Buffer.alloc(0));
    return answer(202, { ...uploadState(place, id, 0), 'content-length': '0' });
  }
}

async function upload({ exchange, place, repository, query, name: id }: Asked): Promise<RegistryAnswer> {
  const { method, body } = exchange;
  const known = repository.uploads.get(id);
  if (known === undefined) return refusal(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
  if (method === 'GET') return answer(204, uploadState(place, id, known.length));
  if (method === 'DELETE') {
    repository.uploads.delete(id);
    return answer(204);
  }
  const bytes = Buffer.concat([known, await bytesOf(body)]);
  if (method === 'PATCH') {
    repository.uploads.set(id, bytes);
    return answer(202, uploadState(place, id, bytes.length));
  }
  const digest = query.get('digest') ?? '';
  if (digest !== digestOf(bytes)) {
    return refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  }
  repository.uploads.delete(id);
  repository.blobs.set(digest, bytes);
  return answer(201, { location: `/v2/${place}/blobs/${digest}`, 'docker-content-digest': digest });
}

function blob({ exchange, repository, name: digest }: Asked): RegistryAnswer {
  const bytes = repository.blobs.get(digest);
  if (bytes === undefined) return refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  const range = exchange.headers?.['range'];
  const [, first] = /^bytes=(\d+)-$/.exec(typeof range === 'string' ? range : '') ?? [];
  const part = bytes.subarray(Number(first ?? 0));
  const headers = {
    'content-type': 'application/octet-stream',
    'docker-content-digest': digest,
    'content-length': String(part.length),
    ...(first === undefined ? {} : { 'content-range': `bytes ${first}-${bytes.length - 1}/${bytes.length}` }),
  };
  return answer(first === undefined ? 200 : 206, headers, exchange.method === 'HEAD' ? undefined : part);
}

async function manifest({ exchange, place, repository, name: digest }: Asked): Promise<RegistryAnswer> {
  const { method, headers = {}, body } = exchange;
  const known = repository.manifests.get(digest);
  if (method === 'PUT') {
    const bytes = await bytesOf(body);
    const missing = missingReference(repository, bytes);
    if (missing !== undefined) return refusal(400, 'MANIFEST_BLOB_UNKNOWN', `blob unknown: ${missing}`);
    repository.manifests.set(digest, { mediaType: String(headers['content-type']), bytes });
    return answer(201, { location: `/v2/${place}/manifests/${digest}`, 'docker-content-digest': digest });
  }
  if (known === undefined) return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  if (method === 'DELETE') {
    repository.manifests.delete(digest);
    return answer(202);
  }
  const { mediaType, bytes } = known;
  return answer(
    200,
    {
      'content-type': mediaType,
      'docker-content-digest': digest,
      'content-length': String(bytes.length),
    },
    method === 'HEAD' ? undefined : bytes,
  );
}

/** The first thing that a manifest refers to and the repository does not have. */
function missingReference({ blobs, manifests }: Repository, bytes: Buffer): string | undefined {
  const parsed = JSON.parse(bytes.toString('utf8')) as Record<string, { digest: string }[]> & {
    config?: { digest: string };
  };
  const { config, layers = [], manifests: children = [] } = parsed;
  const wanted = [...(config === undefined ? [] : [config]), ...layers];
  const blobless = wanted.find(({ digest }) => !blobs.has(digest));
  return (blobless ?? children.find(({ digest }) => !manifests.has(digest)))?.digest;
}

function uploadState(place: string, id: string, length: number): Record<string, string> {
  return {
    location: `/v2/${place}/blobs/uploads/${id}?_state=${id}`,
    range: `0-${Math.max(0, length - 1)}`,
    'docker-upload-uuid': id,
  };
}

async function bytesOf(body: Buffer | Readable | undefined): Promise<Buffer> {
  return body instanceof Readable ? buffer(body) : (body ?? Buffer.alloc(0));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function refusal(status: number, code: string, message: string): RegistryAnswer {
  const body = Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
  return answer(status, { 'content-type': 'application/json', 'content-length': String(body.length) }, body);
}

function answer(status: number, headers: Record<string, string> = {}, body?: Buffer): RegistryAnswer {
  return { status, headers, body: Readable.from(body === undefined ? [] : [body]) };
}
