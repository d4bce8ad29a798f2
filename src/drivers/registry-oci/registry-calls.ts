/**
 * Requests to one endpoint of a registry, with authorization and redirects. Each leaves through the context's dialer,
 * also those that follow from it: tokens, redirects. A redirect to another host carries no authorization, and a mirror
 * never gets the registry's user.
 */
import { AppError } from '../../domain/errors.ts';
import type { ImageReference, RegistryContext } from '../../ports/registry.ts';
import { HttpClient, type HttpResponse, type HttpTimeouts } from '../http-client/http-client.ts';
import { withoutQuery } from '../http-client/shown-address.ts';
import { Authorization, type AuthorizationScope } from './authorization.ts';
import { parseChallenges } from './challenge.ts';
import { checkOnward, type Endpoint, repositoryAt } from './endpoints.ts';
import { statusError } from './status-error.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface RegistryCall {
  readonly method: 'GET' | 'HEAD';
  /** Below the repository: `blobs/<digest>`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly firstByteMs: number;
}

export class RegistryCalls {
  readonly #http: HttpClient;
  readonly #authorization: Authorization;
  readonly #userAgent: string;

  constructor(timeouts: HttpTimeouts, userAgent: string) {
    this.#http = new HttpClient(timeouts);
    this.#authorization = new Authorization(this.#http, timeouts.headMs);
    this.#userAgent = userAgent;
  }

  /** One call with authorization: what is known at first, then what the challenge asks for. */
  async send(
    endpoint: Endpoint,
    reference: ImageReference,
    given: RegistryContext,
    call: RegistryCall,
  ): Promise<HttpResponse> {
    const context = endpoint.isMirror ? withoutUser(given) : given;
    const repository = repositoryAt(endpoint, reference.repository);
    const scope: AuthorizationScope = { endpoint, repository, context };
    const known = this.#authorization.known(scope);
    let response = await this.#follow(scope, call, known);
    if (response.status === 401) {
      if (known !== undefined) this.#authorization.forget(scope);
      const challenge = response.headers['www-authenticate'];
      const header = await this.#authorization.answer(challenge, scope);
      if (header !== undefined) {
        await drain(response);
        response = await this.#follow(scope, call, header);
      }
    }
    if (response.status === 200 || response.status === 206) return response;
    if (response.status === 401) this.#authorization.forget(scope);
    const challengeError = parseChallenges(response.headers['www-authenticate'])[0]?.parameters['error'];
    throw await statusError(response, {
      method: call.method,
      url: withoutQuery(callUrl(scope, call)),
      authenticated: context.auth !== undefined,
      ...(challengeError === undefined ? {} : { challengeError }),
    });
  }

  async #follow(
    scope: AuthorizationScope,
    call: RegistryCall,
    authorization?: string,
  ): Promise<HttpResponse> {
    const { endpoint, context } = scope;
    const first = callUrl(scope, call);
    let url = first;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const trusted = url.host === first.host && url.protocol === first.protocol;
      const response = await this.#http.send({
        method: call.method,
        url,
        headers: {
          'user-agent': this.#userAgent,
          ...call.headers,
          ...(trusted && authorization !== undefined ? { authorization } : {}),
        },
        dialer: context.dialer,
        firstByteMs: call.firstByteMs,
        ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
        ...(context.signal === undefined ? {} : { signal: context.signal }),
      });
      const { location } = response.headers;
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      await drain(response);
      if (!URL.canParse(location, url.href)) break;
      url = new URL(location, url);
      checkOnward(endpoint, url, 'a redirect');
    }
    throw new AppError('invalid', 'the registry redirects without end', {
      details: { method: call.method, url: withoutQuery(first) },
    });
  }
}

/** A mirror that serves several registries is told which one is meant, as containerd tells it. */
function callUrl({ endpoint, repository }: AuthorizationScope, call: RegistryCall): URL {
  const url = new URL(`/v2/${repository}/${call.path}`, endpoint.base);
  if (endpoint.isMirror) url.searchParams.set('ns', endpoint.registry);
  return url;
}

function withoutUser(context: RegistryContext): RegistryContext {
  const { auth: _, ...rest } = context;
  return rest;
}

/** Frees the connection for the next request; what is long is not worth reading. */
async function drain(response: HttpResponse): Promise<void> {
  await response.read(64 * 1024).catch(() => undefined);
}
