/**
 * Answers a registry's challenges: bearer tokens from the server that the registry names, or basic authentication.
 * Tokens are kept in memory until they expire, by registry, repository and user, so that the requests that follow
 * need no challenge of their own. Names and passwords appear in no error.
 */
import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import type { RegistryContext } from '../../ports/registry.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { HttpClient } from '../http-client/http-client.ts';
import { withoutQuery } from '../http-client/shown-address.ts';
import { checkOnward, type Endpoint } from './endpoints.ts';
import { statusError } from './status-error.ts';

const MAX_ENTRIES = 100;
const DEFAULT_LIFE_S = 60;
/** A token is not used in the last seconds of its life. */
const MARGIN_MS = 5000;
const MAX_TOKEN_ANSWER = 64 * 1024;

export interface AuthorizationScope {
  readonly endpoint: Endpoint;
  /** As the endpoint names it. */
  readonly repository: string;
  readonly context: RegistryContext;
}

export class Authorization {
  readonly #http: HttpClient;
  readonly #firstByteMs: number;
  readonly #headers = new Map<string, { header: string; expiresAt: number }>();

  constructor(http: HttpClient, firstByteMs: number) {
    this.#http = http;
    this.#firstByteMs = firstByteMs;
  }

  /** The Authorization header that was accepted before, if it still holds. */
  known(scope: AuthorizationScope): string | undefined {
    const key = cacheKey(scope);
    const entry = this.#headers.get(key);
    if (entry !== undefined && entry.expiresAt > performance.now()) return entry.header;
    this.#headers.delete(key);
    return undefined;
  }

  forget(scope: AuthorizationScope): void {
    this.#headers.delete(cacheKey(scope));
  }

  /** A header that answers the challenge; undefined when there is no way to. Throws when the token server fails. */
  async answer(challengeHeader: string | undefined, scope: AuthorizationScope): Promise<string | undefined> {
    const challenges = parseChallenges(challengeHeader);
    const bearer = challenges.find((each) => each.scheme === 'bearer');
    if (bearer !== undefined) {
      const token = await this.#fetchToken(bearer, scope);
      return this.#keep(scope, `Bearer ${token.value}`, token.lifeMs - MARGIN_MS);
    }
    const { auth } = scope.context;
    const hasBasic = challenges.some((each) => each.scheme === 'basic');
    return hasBasic && auth !== undefined ? this.#keep(scope, basicHeader(auth), Infinity) : undefined;
  }

  async #fetchToken(
    bearer: Challenge,
    scope: AuthorizationScope,
  ): Promise<{ value: string; lifeMs: number }> {
    const { auth, dialer, signal } = scope.context;
    const url = tokenUrl(bearer, scope);
    const response = await this.#http.send({
      method: 'GET',
      url,
      headers: {
        accept: 'application/json',
        ...(auth === undefined ? {} : { authorization: basicHeader(auth) }),
      },
      dialer,
      firstByteMs: this.#firstByteMs,
      ...(scope.endpoint.ca === undefined ? {} : { ca: scope.endpoint.ca }),
      ...(signal === undefined ? {} : { signal }),
    });
    const where = { method: 'GET', url: withoutQuery(url), token: true, authenticated: auth !== undefined };
    if (response.status !== 200) throw await statusError(response, where);
    const parsed = parseToken(await response.read(MAX_TOKEN_ANSWER));
    if (parsed !== undefined) return parsed;
    throw new AppError('invalid', 'the token server answered no token', {
      details: { ...where, phase: 'token' },
    });
  }

  #keep(scope: AuthorizationScope, header: string, lifeMs: number): string {
    const oldest = this.#headers.keys().next().value;
    if (this.#headers.size >= MAX_ENTRIES && oldest !== undefined) this.#headers.delete(oldest);
    this.#headers.set(cacheKey(scope), { header, expiresAt: performance.now() + lifeMs });
    return header;
  }
}

function tokenUrl(bearer: Challenge, scope: AuthorizationScope): URL {
  const { realm, service } = bearer.parameters;
  const url = URL.canParse(realm ?? '') ? new URL(realm as string) : undefined;
  if (url === undefined) throw new AppError('invalid', 'the registry names no token server');
  checkOnward(scope.endpoint, url, 'a token request');
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', bearer.parameters['scope'] ?? `repository:${scope.repository}:pull`);
  if (scope.context.auth !== undefined) url.searchParams.set('account', scope.context.auth.username);
  return url;
}

function parseToken(body: Buffer): { value: string; lifeMs: number } | undefined {
  let answer: { token?: unknown; access_token?: unknown; expires_in?: unknown };
  try {
    answer = JSON.parse(body.toString()) as typeof answer;
  } catch {
    return undefined;
  }
  const value = answer.token ?? answer.access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : DEFAULT_LIFE_S;
  return { value, lifeMs: Math.max(seconds, DEFAULT_LIFE_S) * 1000 };
}

function basicHeader(auth: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

/** The password is part of the key: a wrong one must not ride on the right one's token. */
function cacheKey({ endpoint, repository, context }: AuthorizationScope): string {
  const user = context.auth === undefined ? '' : basicHeader(context.auth);
  const digest = createHash('sha256').update(user).digest('hex');
  return `${endpoint.base.origin} ${repository} ${digest}`;
}
