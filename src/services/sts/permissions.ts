/** What STS's operations act on. */
import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import { parseRoleArn } from '../../domain/iam/names.ts';
import type { ServicePermissions } from '../../wire/authorization.ts';
import type { StsDeps } from './service.ts';
import { trustContext } from './trust.ts';

export function stsPermissions({ roles }: Pick<StsDeps, 'roles'>): ServicePermissions {
  return {
    prefix: 'sts',
    rules: {
      GetCallerIdentity: 'free',
      AssumeRole: async (input: AssumeRoleRequest) => {
        const { RoleArn: arn = '' } = input;
        const { account = '', name = '' } = parseRoleArn(arn) ?? {};
        const role = await roles.find(account, name);
        return [{ arn, context: trustContext(input), policy: role?.trustPolicy }];
      },
    },
  };
}
