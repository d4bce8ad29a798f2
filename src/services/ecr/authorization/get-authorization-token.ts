import {
  GetAuthorizationToken$,
  type GetAuthorizationTokenRequest,
  type GetAuthorizationTokenResponse,
} from '@aws-sdk/client-ecr';
import { registryHost } from '../../../domain/ecr/names.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { EcrDeps } from '../deps.ts';

/** The user name that goes with every token. */
export const REGISTRY_USER = 'AWS';
const TOKEN_LIFE_MS = 12 * 3_600_000;

export function getAuthorizationToken({ clock, tokens, dnsSuffix }: EcrDeps): OperationDefinition {
  return operation(
    GetAuthorizationToken$,
    async (
      { registryIds }: GetAuthorizationTokenRequest,
      { scope, principalArn, limits },
    ): Promise<GetAuthorizationTokenResponse> => {
      const expiresAtMs = clock.now() + TOKEN_LIFE_MS;
      const password = tokens.mint({
        ...scope,
        principalArn,
        expiresAtMs,
        ...(limits !== undefined && { limits }),
      });
      const authorizationToken = Buffer.from(`${REGISTRY_USER}:${password}`).toString('base64');
      // A token opens whatever its principal may open; the registries only name where.
      const accounts = registryIds === undefined || registryIds.length === 0 ? [scope.account] : registryIds;
      return {
        authorizationData: accounts.map((account) => ({
          authorizationToken,
          expiresAt: new Date(expiresAtMs),
          proxyEndpoint: `https://${registryHost({ ...scope, account }, dnsSuffix)}`,
        })),
      };
    },
  );
}
