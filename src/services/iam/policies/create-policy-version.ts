import {
  CreatePolicyVersion$,
  type CreatePolicyVersionRequest,
  type CreatePolicyVersionResponse,
} from '@aws-sdk/client-iam';
import { ApiError } from '../../../domain/errors.ts';
import type { PolicyRecord } from '../../../domain/iam/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import { checkManagedDocument } from '../constraints.ts';
import type { IamOperationDeps } from '../deps.ts';
import { changePolicy } from '../policy-store.ts';
import { listedVersion } from './policy-view.ts';

const MOST_VERSIONS = 5;

export function createPolicyVersion(deps: IamOperationDeps): OperationDefinition {
  return operation(
    CreatePolicyVersion$,
    async (
      { PolicyArn, PolicyDocument, SetAsDefault = false }: CreatePolicyVersionRequest,
      { scope },
    ): Promise<CreatePolicyVersionResponse> => {
      const document = checkManagedDocument(PolicyDocument);
      return changePolicy(deps, scope.account, PolicyArn, (before) => {
        if (before.versions.length >= MOST_VERSIONS) {
          throw new ApiError(
            'LimitExceededException',
            `A managed policy can have up to ${MOST_VERSIONS} versions. Before you create a new version, you must delete an existing version.`,
          );
        }
        const lastVersion = before.lastVersion + 1;
        const version = { versionId: `v${lastVersion}`, document, createdAt: deps.clock.now() };
        const policy: PolicyRecord = {
          ...before,
          versions: [version, ...before.versions],
          lastVersion,
          ...(SetAsDefault && { defaultVersionId: version.versionId }),
        };
        return { policy, answer: { PolicyVersion: listedVersion(policy, version) } };
      });
    },
  );
}
