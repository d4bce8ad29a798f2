/** Versions of managed policies: shown, made the default one, deleted. */
import {
  DeletePolicyVersion$,
  type DeletePolicyVersionRequest,
  GetPolicyVersion$,
  type GetPolicyVersionRequest,
  type GetPolicyVersionResponse,
  ListPolicyVersions$,
  type ListPolicyVersionsRequest,
  type ListPolicyVersionsResponse,
  SetDefaultPolicyVersion$,
  type SetDefaultPolicyVersionRequest,
} from '@aws-sdk/client-iam';
import { constraintError } from '../../../domain/ecs/constraints.ts';
import type { PolicyRecord, PolicyVersionRecord } from '../../../domain/iam/records.ts';
import { operation, type OperationDefinition } from '../../../wire/service.ts';
import type { IamOperationDeps } from '../deps.ts';
import { deleteConflict, notAttachable } from '../errors.ts';
import { iamPage } from '../iam-page.ts';
import { changePolicy, getPolicy } from '../policy-store.ts';
import { listedVersion, wholeVersion } from './policy-view.ts';

const VERSION_ID = 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?';

export function getPolicyVersion(deps: IamOperationDeps): OperationDefinition {
  return operation(
    GetPolicyVersion$,
    async (
      { PolicyArn, VersionId }: GetPolicyVersionRequest,
      { scope },
    ): Promise<GetPolicyVersionResponse> => {
      const versionId = checkVersionId(VersionId);
      const policy = await getPolicy(deps, scope.account, PolicyArn);
      return { PolicyVersion: wholeVersion(policy, versionOf(policy, versionId)) };
    },
  );
}

export function listPolicyVersions(deps: IamOperationDeps): OperationDefinition {
  return operation(
    ListPolicyVersions$,
    async (input: ListPolicyVersionsRequest, { scope: { account } }): Promise<ListPolicyVersionsResponse> => {
      const policy = await getPolicy(deps, account, input.PolicyArn);
      const question = ['ListPolicyVersions', account, policy.arn];
      const { items, page } = iamPage(input, question, policy.versions, ({ versionId }) => versionId);
      return { Versions: items.map((version) => listedVersion(policy, version)), ...page };
    },
  );
}

export function setDefaultPolicyVersion(deps: IamOperationDeps): OperationDefinition {
  return operation(
    SetDefaultPolicyVersion$,
    async ({ PolicyArn, VersionId }: SetDefaultPolicyVersionRequest, { scope }): Promise<void> => {
      const versionId = checkVersionId(VersionId);
      await changePolicy(deps, scope.account, PolicyArn, (policy) => {
        const { versionId: defaultVersionId } = versionOf(policy, versionId);
        return { policy: { ...policy, defaultVersionId }, answer: undefined };
      });
    },
  );
}

export function deletePolicyVersion(deps: IamOperationDeps): OperationDefinition {
  return operation(
    DeletePolicyVersion$,
    async ({ PolicyArn, VersionId }: DeletePolicyVersionRequest, { scope }): Promise<void> => {
      const versionId = checkVersionId(VersionId);
      await changePolicy(deps, scope.account, PolicyArn, (policy) => {
        const version = versionOf(policy, versionId);
        if (versionId === policy.defaultVersionId) {
          throw deleteConflict('Cannot delete the default version of a policy.');
        }
        const versions = policy.versions.filter((other) => other !== version);
        return { policy: { ...policy, versions }, answer: undefined };
      });
    },
  );
}

function checkVersionId(versionId = ''): string {
  if (new RegExp(`^${VERSION_ID}$`).test(versionId)) return versionId;
  const words = `Member must satisfy regular expression pattern: ${VERSION_ID}`;
  throw constraintError('ValidationError', 'versionId', versionId, words);
}

function versionOf({ arn, versions }: PolicyRecord, wanted: string): PolicyVersionRecord {
  const found = versions.find(({ versionId }) => versionId === wanted);
  if (found === undefined) throw notAttachable(`Policy ${arn} version ${wanted}`);
  return found;
}
