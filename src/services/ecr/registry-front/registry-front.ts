/**
 * ECR's registry as clients of images see it: `/v2/` at the name of an account's registry in a region, or at an address
 * of this machine for the home account and region. Passwords are those of GetAuthorizationToken.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scope } from '../../../domain/arn.ts';
import { isLayerHost } from '../../../domain/ecr/names.ts';
import type { Arrival } from '../../../wire/authorization.ts';
import { BodyBudget } from '../../../wire/front-door/request-body.ts';
import type { EcrDeps } from '../deps.ts';
import { getRepository } from '../repositories/repository-store.ts';
import { answerErrors, answerUnauthorized, API_VERSION, refusalOf, RegistryRefusal } from './answers.ts';
import { relayUpload, serveBlob } from './blob-front.ts';
import { addressedRegistry, callerOf, refuseUnauthorized } from './caller.ts';
import { serveLayer } from './layer-front.ts';
import { type RepositoryRequest, serveManifest, serveTags, takeManifest } from './manifest-front.ts';
import { readRegistryPath, type RegistryPath } from './registry-path.ts';

/** Of manifests that are read or kept at a time. */
const ALL_MANIFESTS_BYTES = 64 * 1024 * 1024;

export interface RegistryFront {
  /** Requests below `/v2/`, and all to a host of layers. */
  readonly handle: (request: IncomingMessage, response: ServerResponse, arrival: Arrival) => void;
  /** Whether a Host header names what layers are downloaded from. */
  readonly isLayerHost: (host: string) => boolean;
}

/** `home`: whose registry the addresses of this machine stand for. */
export function createRegistryFront(deps: EcrDeps, home: Scope): RegistryFront {
  const bodies = new BodyBudget(ALL_MANIFESTS_BYTES);
  const isLayers = (host: string): boolean => isLayerHost(host.replace(/:\d+$/, ''), deps.dnsSuffix);
  return {
    isLayerHost: isLayers,
    handle(request, response, arrival) {
      const work = isLayers(request.headers.host ?? '')
        ? serveLayer(deps, request, response)
        : serve(deps, home, { request, response, arrival, bodies });
      work.catch((error: unknown) => fail(deps, error, response));
    },
  };
}

async function serve(
  deps: EcrDeps,
  home: Scope,
  {
    request,
    response,
    arrival,
    bodies,
  }: Pick<RepositoryRequest, 'request' | 'response' | 'bodies'> & {
    arrival: Arrival;
  },
): Promise<void> {
  const { scope, isByName } = addressedRegistry(request.headers.host ?? '', home, deps.dnsSuffix);
  const caller = callerOf(request, deps.tokens, deps.clock.now());
  if (caller === undefined) {
    answerUnauthorized(response, scope, deps.dnsSuffix);
    return;
  }
  const path = readRegistryPath((request.url ?? '/').split('?', 1)[0] ?? '/');
  if (path === undefined) throw new RegistryRefusal(404, 'NAME_UNKNOWN', 'name unknown');
  if (path.kind === 'base') {
    response.writeHead(200, { ...API_VERSION, 'content-type': 'application/json', 'content-length': 2 });
    response.end('{}');
    return;
  }
  const action = actionOf(path, request.method ?? '');
  if (action === undefined) {
    throw new RegistryRefusal(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  await refuseUnauthorized(caller, deps, { scope, repository: path.repository, action, arrival });
  const { value: repository } = await getRepository(deps.store, scope, path.repository);
  const exchange = { scope, repository, request, response, bodies };
  switch (path.kind) {
    case 'manifest':
      await (request.method === 'PUT' ? takeManifest : serveManifest)(deps, exchange, path);
      return;
    case 'blob':
      await serveBlob(deps, exchange, { digest: path.digest, elsewhere: isByName });
      return;
    case 'upload':
      await relayUpload(deps, exchange, path.uploadId);
      return;
    case 'tags':
      await serveTags(deps, exchange);
  }
}

/** The permission that a request needs; undefined for what ECR has not. */
function actionOf({ kind }: RegistryPath, method: string): string | undefined {
  const isRead = method === 'GET' || method === 'HEAD';
  if (kind === 'manifest') return isRead ? 'BatchGetImage' : method === 'PUT' ? 'PutImage' : undefined;
  if (kind === 'tags') return isRead ? 'ListImages' : undefined;
  if (kind === 'blob') return isRead ? 'GetDownloadUrlForLayer' : undefined;
  return 'InitiateLayerUpload';
}

function fail({ logger }: EcrDeps, error: unknown, response: ServerResponse): void {
  const { status, errors } = refusalOf(error);
  if (response.headersSent || response.destroyed) {
    logger.debug('ecr: an exchange with the registry broke off', { error });
    response.destroy();
    return;
  }
  if (status >= 500) logger.error('ecr: the registry failed', { error });
  answerErrors(response, status, errors);
}
