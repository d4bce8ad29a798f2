/** The policy that a session is made with: it may do no more than that, whatever its role may. */
import type { AssumeRoleRequest } from '@aws-sdk/client-sts';
import { checkLength } from '../../domain/ecs/constraints.ts';
import { ApiError } from '../../domain/errors.ts';
import { policyFault } from '../../domain/iam/check-policy.ts';
import type { ManagedPolicies } from '../iam/managed-policies.ts';

const LONGEST = 2048;
const MOST_ARNS = 10;

/**
 * What `Policy` and `PolicyArns` allow together, as one document; undefined when neither is given. Managed policies
 * are taken as they are at this moment. Throws MalformedPolicyDocument, ValidationError.
 */
export async function sessionPolicy(
  policies: Pick<ManagedPolicies, 'document'>,
  { Policy: inline, PolicyArns: managed = [] }: AssumeRoleRequest,
  account: string,
): Promise<string | undefined> {
  if (inline === undefined && managed.length === 0) return undefined;
  checkLength('ValidationError', 'policy', inline, LONGEST);
  checkLength('ValidationError', 'policyArns', managed, MOST_ARNS);
  const documents = inline === undefined ? [] : [checked(inline)];
  for (const { arn = '' } of managed) {
    const document = await policies.document(arn, account);
    if (document === undefined) {
      throw new ApiError('ValidationError', `Policy ${arn} does not exist or is not attachable.`);
    }
    documents.push(document);
  }
  const statements = documents.flatMap((text) => (JSON.parse(text) as { Statement: unknown }).Statement);
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function checked(inline: string): string {
  const fault = policyFault(inline, 'identity');
  if (fault !== undefined) throw new ApiError('MalformedPolicyDocumentException', fault);
  return inline;
}
