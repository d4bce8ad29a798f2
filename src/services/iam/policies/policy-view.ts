/** Managed policies as answers show them. */
import type { Policy, PolicyVersion } from '@aws-sdk/client-iam';
import type { PolicyRecord, PolicyVersionRecord, RoleRecord } from '../../../domain/iam/records.ts';
import { shownDocument, shownTags } from '../shown.ts';

/** How many roles have a policy, and how many as their boundary. */
export interface PolicyUse {
  readonly attached: number;
  readonly boundary: number;
}

/** As a list shows it: without description and tags. */
export function listedPolicy(policy: PolicyRecord, { attached, boundary }: PolicyUse): Policy {
  return {
    PolicyName: policy.policyName,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attached,
    PermissionsBoundaryUsageCount: boundary,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.changedAt),
  };
}

export function wholePolicy(policy: PolicyRecord, use: PolicyUse): Policy {
  return {
    ...listedPolicy(policy, use),
    ...(policy.description !== undefined && { Description: policy.description }),
    Tags: shownTags(policy.tags),
  };
}

/** As a list shows it: without the document. */
export function listedVersion(policy: PolicyRecord, version: PolicyVersionRecord): PolicyVersion {
  return {
    VersionId: version.versionId,
    IsDefaultVersion: version.versionId === policy.defaultVersionId,
    CreateDate: new Date(version.createdAt),
  };
}

export function wholeVersion(policy: PolicyRecord, version: PolicyVersionRecord): PolicyVersion {
  return { Document: shownDocument(version.document), ...listedVersion(policy, version) };
}

export const UNUSED: PolicyUse = { attached: 0, boundary: 0 };

/** How each policy is used, by its ARN. */
export function policyUses(roles: readonly RoleRecord[]): ReadonlyMap<string, PolicyUse> {
  const uses = new Map<string, PolicyUse>();
  const count = (arn: string, use: keyof PolicyUse): void => {
    const known = uses.get(arn) ?? UNUSED;
    uses.set(arn, { ...known, [use]: known[use] + 1 });
  };
  for (const { attachedPolicies, permissionsBoundary } of roles) {
    for (const arn of attachedPolicies) count(arn, 'attached');
    if (permissionsBoundary !== undefined) count(permissionsBoundary, 'boundary');
  }
  return uses;
}
