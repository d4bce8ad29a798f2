/** Layers as the registry's protocol has them: uploads pass through, downloads come from elsewhere or pass through. */
import type { OutgoingHttpHeaders } from 'node:http';
import { IMAGE_DIGEST, isRepositoryName } from '../../../domain/ecr/names.ts';
import type { EcrDeps } from '../deps.ts';
import { getRepository, placeOf } from '../repositories/repository-store.ts';
import { API_VERSION, RegistryRefusal } from './answers.ts';
import type { RepositoryRequest } from './manifest-front.ts';
import { relay } from './relay.ts';

/** `elsewhere`: the caller is sent to the address of the layer, as ECR does. */
export async function serveBlob(
  deps: EcrDeps,
  { scope, repository, request, response }: RepositoryRequest,
  { digest, elsewhere }: { readonly digest: string; readonly elsewhere: boolean },
): Promise<void> {
  const place = placeOf(scope, repository);
  const path = `/v2/${place}/blobs/${digest}`;
  if (!elsewhere || request.method === 'HEAD') {
    await relay(deps.registry, request, response, { path });
    return;
  }
  const found = await deps.registry.exchange({ method: 'HEAD', path });
  found.body.resume();
  if (found.status === 404) throw new RegistryRefusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
  const location = deps.layerUrls.urlOf({ place, digest }, deps.clock.now());
  response.writeHead(307, { ...API_VERSION, location, 'docker-content-digest': digest, 'content-length': 0 });
  response.end();
}

/** Beginning, parts, state, end and giving up of an upload. */
export async function relayUpload(
  deps: EcrDeps,
  exchange: RepositoryRequest,
  uploadId: string | undefined,
): Promise<void> {
  const { scope, repository, request, response } = exchange;
  const place = placeOf(scope, repository);
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (uploadId === undefined) await placeMount(deps, exchange, searchParams);
  const query = searchParams.size === 0 ? '' : `?${searchParams.toString()}`;
  await relay(deps.registry, request, response, {
    path: `/v2/${place}/blobs/uploads/${uploadId ?? ''}${query}`,
    answer: (headers) => withOwnLocation(headers, place, repository.name),
  });
}

/** A layer may be taken over from a repository of the same registry; where there is none, it is uploaded. */
async function placeMount(
  { store }: EcrDeps,
  { scope }: RepositoryRequest,
  query: URLSearchParams,
): Promise<void> {
  const [mount, from] = [query.get('mount'), query.get('from')];
  query.delete('from');
  if (mount === null) return;
  const source =
    from !== null && isRepositoryName(from) && IMAGE_DIGEST.test(mount)
      ? await getRepository(store, scope, from).catch(() => undefined)
      : undefined;
  if (source === undefined) query.delete('mount');
  else query.set('from', placeOf(scope, source.value));
}

function withOwnLocation(headers: OutgoingHttpHeaders, place: string, name: string): OutgoingHttpHeaders {
  const { location } = headers;
  if (typeof location !== 'string') return headers;
  return { ...headers, location: location.replace(`/v2/${place}/`, `/v2/${name}/`) };
}
