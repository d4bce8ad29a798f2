import { GetCallerIdentity$, type GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import { operation, type RequestContext } from '../../wire/service.ts';
import { userId } from './principal-ids.ts';
import type { StsDeps } from './service.ts';

/** GetCallerIdentity: needs no permission. */
export function getCallerIdentityOperation({ roles }: Pick<StsDeps, 'roles'>) {
  return operation(
    GetCallerIdentity$,
    async (
      _input: object,
      { scope, principalArn }: RequestContext,
    ): Promise<Omit<GetCallerIdentityResponse, '$metadata'>> => ({
      UserId: await userId(roles, principalArn),
      Account: scope.account,
      Arn: principalArn,
    }),
  );
}
