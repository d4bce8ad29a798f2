/** IAM roles as ECS takes them: an ARN, or a name, which becomes the ARN of the account's own role. */
import { ApiError } from '../errors.ts';

const NAME = /^[\w+=,.@-]{1,64}$/;
const ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;

/** Throws ClientException for what is neither. */
export function roleArn(role: string | undefined, account: string): string | undefined {
  if (role === undefined || ARN.test(role)) return role;
  if (NAME.test(role)) return `arn:aws:iam::${account}:role/${role}`;
  throw new ApiError('ClientException', 'Role is not valid');
}
