/** Who speaks to the registry, and to whose. */
import type { IncomingMessage } from 'node:http';
import type { Scope } from '../../../domain/arn.ts';
import { repositoryArn, scopeOfRegistryHost } from '../../../domain/ecr/names.ts';
import { isApiError } from '../../../domain/errors.ts';
import type { Arrival } from '../../../wire/authorization.ts';
import { REGISTRY_USER } from '../authorization/get-authorization-token.ts';
import type { RegistryTokens, TokenClaims } from '../authorization/registry-tokens.ts';
import type { EcrDeps } from '../deps.ts';
import { repositoryActedOn } from '../permissions.ts';
import { deniedText } from '../registry-scope.ts';
import { RegistryRefusal } from './answers.ts';

export interface AskedRepository {
  readonly scope: Scope;
  readonly repository: string;
  /** The permission that it takes, without its prefix. */
  readonly action: string;
  readonly arrival: Arrival;
}

export interface AddressedRegistry {
  readonly scope: Scope;
  /** By its own name, not by an address of this machine. */
  readonly isByName: boolean;
}

/** `home`: whose registry the machine's own addresses stand for. */
export function addressedRegistry(host: string, home: Scope, dnsSuffix: string): AddressedRegistry {
  const scope = scopeOfRegistryHost(host.replace(/:\d+$/, ''), dnsSuffix);
  return scope === undefined ? { scope: home, isByName: false } : { scope, isByName: true };
}

/** Undefined when the request has no password of ours. Refuses one that has expired. */
export function callerOf(
  request: IncomingMessage,
  tokens: RegistryTokens,
  nowMs: number,
): TokenClaims | undefined {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = given.indexOf(':');
  if (given.slice(0, colon) !== REGISTRY_USER) return undefined;
  const claims = tokens.verify(given.slice(colon + 1));
  if (claims !== undefined && claims.expiresAtMs <= nowMs) {
    throw new RegistryRefusal(
      403,
      'DENIED',
      'Your authorization token has expired. Reauthenticate and try again.',
    );
  }
  return claims;
}

/** Refuses who may not do that with a repository. Another account's are not open here, whatever their policies say. */
export async function refuseUnauthorized(
  caller: TokenClaims,
  { authorizer, store }: Pick<EcrDeps, 'authorizer' | 'store'>,
  { scope, repository, action, arrival }: AskedRepository,
): Promise<void> {
  if (caller.account !== scope.account) {
    const words = deniedText(caller.principalArn, action, repositoryArn(scope, repository));
    throw new RegistryRefusal(403, 'DENIED', words);
  }
  if (authorizer?.mayDoEverything(caller) !== false) return;
  const acted = await repositoryActedOn(store, { repositoryName: repository }, scope);
  try {
    // Logins are of a region; what they open lies in that of the registry.
    const here = { ...caller, region: scope.region };
    await authorizer.check(here, [{ ...acted, action: `ecr:${action}` }], arrival);
  } catch (error) {
    if (isApiError(error)) throw new RegistryRefusal(403, 'DENIED', error.message);
    throw error;
  }
}
