/** AWS STS: who a caller is, and credentials of roles. */
import type { Clock } from '../../ports/clock.ts';
import type { AwsQueryService } from '../../wire/service.ts';
import type { SessionTokens } from '../../wire/sigv4/session-token.ts';
import type { ManagedPolicies } from '../iam/managed-policies.ts';
import type { Roles } from '../iam/roles.ts';
import { assumeRoleOperation } from './assume-role.ts';
import { getCallerIdentityOperation } from './get-caller-identity.ts';
import { stsPermissions } from './permissions.ts';

export interface StsDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly sessions: Pick<SessionTokens, 'mint'>;
  readonly roles: Pick<Roles, 'find' | 'trustPolicy'>;
  readonly policies: Pick<ManagedPolicies, 'document'>;
  /** Roles must be there, and their trust policies decide. */
  readonly enforces: boolean;
}

export function createStsService(deps: StsDeps): AwsQueryService {
  return {
    protocol: 'aws-query',
    name: 'sts',
    version: '2011-06-15',
    xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    permissions: stsPermissions(deps),
    operations: [getCallerIdentityOperation(deps), assumeRoleOperation(deps)],
  };
}
