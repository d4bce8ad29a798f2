import {
  type FileSystemPolicyDescription,
  PutFileSystemPolicy$,
  type PutFileSystemPolicyRequest,
} from '@aws-sdk/client-efs';
import { fileSystemArn } from '../../../domain/arn.ts';
import { ApiError } from '../../../domain/errors.ts';
import { evaluatePolicy } from '../../../domain/iam/evaluate-policy.ts';
import { parsePolicy, type PolicyStatement } from '../../../domain/iam/policy-document.ts';
import { matchesPattern } from '../../../domain/iam/policy-pattern.ts';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { checkText } from '../constraints.ts';
import type { EfsParts } from '../parts.ts';

const POLICY = { min: 1, max: 20_000 };

export function putFileSystemPolicyOperation({ records }: EfsParts) {
  return operation(
    PutFileSystemPolicy$,
    async (
      input: PutFileSystemPolicyRequest,
      { scope, principalArn }: RequestContext,
    ): Promise<FileSystemPolicyDescription> => {
      const { FileSystemId: id = '', Policy: policy = '', BypassPolicyLockoutSafetyCheck: bypass } = input;
      checkText('policy', policy, POLICY);
      const { fileSystemId } = await records.updateFileSystem(scope, id, (known) => {
        const arn = fileSystemArn(scope, known.fileSystemId);
        const statements = checkedStatements(policy, arn);
        if (bypass !== true && locksOut(statements, principalArn, arn)) {
          throw invalidPolicy(
            'The policy would keep you from changing it later. To put it anyway, use BypassPolicyLockoutSafetyCheck.',
          );
        }
        return { ...known, policy };
      });
      return { FileSystemId: fileSystemId, Policy: policy };
    },
  );
}

/** Throws InvalidPolicyException for what is no policy of this file system. */
function checkedStatements(policy: string, arn: string): readonly PolicyStatement[] {
  const statements = parsePolicy(policy);
  if (statements === undefined) throw invalidPolicy('The policy is not a valid policy document.');
  for (const { principals, actions, resources } of statements) {
    if (principals === undefined) throw invalidPolicy('Each statement of the policy must have a principal.');
    if (!actions.patterns.every((action) => /^(\*$|elasticfilesystem:)/i.test(action))) {
      throw invalidPolicy('The policy has actions that are not of Amazon EFS.');
    }
    const isForeign = (pattern: string): boolean => !matchesPattern(pattern, arn, {});
    if (resources?.except === false && resources.patterns.some(isForeign)) {
      throw invalidPolicy('The policy has resources that are not its file system.');
    }
  }
  return statements;
}

/** The caller may do everything until somebody denies it. */
function locksOut(statements: readonly PolicyStatement[], principalArn: string, arn: string): boolean {
  const verdict = evaluatePolicy(statements, {
    principal: { type: 'AWS', id: principalArn },
    action: 'elasticfilesystem:PutFileSystemPolicy',
    resource: arn,
    context: { 'aws:PrincipalArn': principalArn, 'aws:SecureTransport': 'true' },
  });
  return verdict === 'deny';
}

function invalidPolicy(message: string): ApiError {
  return new ApiError('InvalidPolicyException', message);
}
