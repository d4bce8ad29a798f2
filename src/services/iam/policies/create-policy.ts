import { CreatePolicy$, type CreatePolicyRequest, type CreatePolicyResponse } from '@aws-sdk/client-iam';
import { ApiError } from '../../../domain/errors.ts';
import { policyArn, uniqueId } from '../../../domain/iam/names.ts';
import type { PolicyRecord } from '../../../domain/iam/records.ts';
import { keys } from '../../../domain/keys.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import {
  checkDescription,
  checkManagedDocument,
  checkPath,
  checkPolicyName,
  givenTags,
} from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { quotaExceeded } from '../errors.ts';
import { ownPolicies } from '../policy-store.ts';
import { transact } from '../role-store.ts';
import { shownTags } from '../shown.ts';
import { listedPolicy, UNUSED } from './policy-view.ts';

const MOST_POLICIES = 1500;

export function createPolicy(deps: IamOperationDeps): OperationDefinition {
  const { store, clock, ids } = deps;
  return operation(
    CreatePolicy$,
    async (input: CreatePolicyRequest, { scope: { account } }): Promise<CreatePolicyResponse> => {
      const path = checkPath(input.Path);
      const policyName = checkPolicyName(input.PolicyName);
      const document = checkManagedDocument(input.PolicyDocument);
      checkDescription(input.Description);
      const createdAt = clock.now();
      const versionId = 'v1';
      const policy: PolicyRecord = {
        policyName,
        policyId: uniqueId('ANPA', ids.hex(34)),
        arn: policyArn(account, path, policyName),
        path,
        ...(input.Description !== undefined && { description: input.Description }),
        tags: givenTags(input.Tags),
        createdAt,
        changedAt: createdAt,
        versions: [{ versionId, document, createdAt }],
        defaultVersionId: versionId,
        lastVersion: 1,
      };
      const key = keys.policy(account, policyName);
      await transact(store, async () => {
        if (await store.get(key)) {
          throw new ApiError(
            'EntityAlreadyExistsException',
            `A policy called ${policyName} already exists. Duplicate names are not allowed.`,
          );
        }
        const others = await ownPolicies(deps, account);
        if (others.length >= MOST_POLICIES) throw quotaExceeded('PoliciesPerAccount', MOST_POLICIES);
        return {
          answer: undefined,
          conditions: [{ key, revision: 0 }],
          writes: [{ put: key, value: policy }],
        };
      });
      const tags = policy.tags.length > 0 && { Tags: shownTags(policy.tags) };
      return { Policy: { ...listedPolicy(policy, UNUSED), ...tags } };
    },
  );
}
