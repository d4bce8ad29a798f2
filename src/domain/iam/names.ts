/** ARNs and ids of IAM's things. */
import { parseArn } from '../arn.ts';

/** `path` begins and ends with `/`. */
export const roleArn = (account: string, path: string, roleName: string): string =>
  `arn:aws:iam::${account}:role${path}${roleName}`;

export const policyArn = (account: string, path: string, policyName: string): string =>
  `arn:aws:iam::${account}:policy${path}${policyName}`;

/** What an ARN of a role or a policy says. `account` is `aws` for AWS's own policies. */
export interface IamName {
  readonly account: string;
  readonly path: string;
  readonly name: string;
}

/** Undefined when the text is not the ARN of a role. */
export function parseRoleArn(arn: string): IamName | undefined {
  return parseIamArn(arn, 'role');
}

/** Undefined when the text is not the ARN of a managed policy. */
export function parsePolicyArn(arn: string): IamName | undefined {
  return parseIamArn(arn, 'policy');
}

function parseIamArn(text: string, kind: 'role' | 'policy'): IamName | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'iam' || arn.region !== '') return undefined;
  const match = /^(\w+)(\/|\/[\u0021-\u007e]+\/)([\w+=,.@-]{1,128})$/.exec(arn.resource);
  const [, found, path = '', name = ''] = match ?? [];
  return found === kind ? { account: arn.account, path, name } : undefined;
}

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The unique id of something: its prefix (`AROA` for roles, `ANPA` for policies) and 17 characters, of 34 hexadecimal digits. */
export function uniqueId(prefix: 'AROA' | 'ANPA', hex: string): string {
  const bytes = hex.match(/../g) ?? [];
  const text = bytes.map((byte) => ID_ALPHABET[Number.parseInt(byte, 16) % 32]).join('');
  return `${prefix}${text.slice(0, 17)}`;
}
