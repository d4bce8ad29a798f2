/** Policies of endpoints. They are kept and shown; what a task may ask of a service is not decided by them. */
import { ApiError } from '../../../domain/errors.ts';
import type { VpcEndpointRecord } from '../../../domain/network/records.ts';

const LONGEST = 20_480;
const ALL = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const FULL_ACCESS = JSON.stringify({ Version: '2008-10-17', Statement: [ALL] });

export function policyOf({ policyDocument }: VpcEndpointRecord): string {
  return policyDocument ?? FULL_ACCESS;
}

/** Throws InvalidPolicyDocument. */
export function checkedPolicy(text: string): string {
  if (text.length <= LONGEST && hasStatements(text)) return text;
  throw new ApiError('InvalidPolicyDocument', 'The Policy Document is not valid.');
}

function hasStatements(text: string): boolean {
  try {
    const policy: unknown = JSON.parse(text);
    return typeof policy === 'object' && policy !== null && 'Statement' in policy;
  } catch {
    return false;
  }
}
