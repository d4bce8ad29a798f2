/** Who speaks to the registry, and to whose. */
import type { IncomingMessage } from 'node:http';
import type { Scope } from '../../../domain/arn.ts';
import { repositoryArn, scopeOfRegistryHost } from '../../../domain/ecr/names.ts';
import { REGISTRY_USER } from '../authorization/get-authorization-token.ts';
import type { RegistryTokens, TokenClaims } from '../authorization/registry-tokens.ts';
import { deniedText } from '../registry-scope.ts';
import { RegistryRefusal } from './answers.ts';

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

/** Another account's registry admits those that a repository's policy names; such policies are not judged here. */
export function refuseForeign(
  { account, principalArn }: TokenClaims,
  scope: Scope,
  repository: string,
  action: string,
): void {
  if (account === scope.account) return;
  throw new RegistryRefusal(
    403,
    'DENIED',
    deniedText(principalArn, action, repositoryArn(scope, repository)),
  );
}
