/** The unique ids that STS shows for principals. */
import { createHash } from 'node:crypto';
import { parseArn } from '../../domain/arn.ts';
import { uniqueId } from '../../domain/iam/names.ts';
import type { RoleRecord } from '../../domain/iam/records.ts';
import type { StsDeps } from './service.ts';

/** The role's own; of one without a record it follows from its name. */
export function roleId(account: string, roleName: string, record: RoleRecord | undefined): string {
  if (record !== undefined) return record.roleId;
  return uniqueId('AROA', createHash('sha256').update(`${account} ${roleName}`).digest('hex'));
}

/** Of a root user the account, of a session `<role id>:<session>`. */
export async function userId(roles: Pick<StsDeps['roles'], 'find'>, principalArn: string): Promise<string> {
  const { account = '', resource = '' } = parseArn(principalArn) ?? {};
  const [kind, name = '', session = ''] = resource.split('/');
  if (kind !== 'assumed-role') return account;
  return `${roleId(account, name, await roles.find(account, name))}:${session}`;
}
