import { GetCallerIdentity$, type GetCallerIdentityResponse } from '@aws-sdk/client-sts';
import { operation, type RequestContext } from '../../wire/service.ts';
import { userId } from './principal-ids.ts';

/** GetCallerIdentity: needs no permission. */
export function getCallerIdentityOperation() {
  return operation(
    GetCallerIdentity$,
    async (
      _input: object,
      { scope, principalArn }: RequestContext,
    ): Promise<Omit<GetCallerIdentityResponse, '$metadata'>> => ({
      UserId: userId(principalArn),
      Account: scope.account,
      Arn: principalArn,
    }),
  );
}
