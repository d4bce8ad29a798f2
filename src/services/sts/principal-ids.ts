/** The unique ids that STS shows for principals. Roles have no records, so theirs follow from their ARNs. */
import { createHash } from 'node:crypto';
import { parseArn } from '../../domain/arn.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ID_LENGTH = 17;

/** `AROA` and 17 characters, the same for the same role. */
export function roleId(account: string, roleName: string): string {
  const hash = createHash('sha256').update(`${account} ${roleName}`).digest();
  return `AROA${Array.from(hash.subarray(0, ID_LENGTH), (byte) => ALPHABET[byte % 32]).join('')}`;
}

/** Of a root user the account, of a session `<role id>:<session>`. */
export function userId(principalArn: string): string {
  const { account = '', resource = '' } = parseArn(principalArn) ?? {};
  const [kind, role = '', session = ''] = resource.split('/');
  return kind === 'assumed-role' ? `${roleId(account, role)}:${session}` : account;
}
