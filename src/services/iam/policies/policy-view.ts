/** Managed policies as answers show them. */
import type { Policy, PolicyVersion } from '@aws-sdk/client-iam';
import type { PolicyRecord, PolicyVersionRecord, RoleRecord } from '../../../domain/iam/records.ts';
import { shownDocument, shownTags } from '../shown.ts';

/** As a list shows it: without description and tags. `attachments`: how many roles have it. */
export function listedPolicy(policy: PolicyRecord, attachments: number): Policy {
  return {
    PolicyName: policy.policyName,
    PolicyId: policy.policyId,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachments,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.changedAt),
  };
}

export function wholePolicy(policy: PolicyRecord, attachments: number): Policy {
  return {
    ...listedPolicy(policy, attachments),
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

/** How many roles have each policy, by its ARN. */
export function attachments(roles: readonly RoleRecord[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const arn of roles.flatMap(({ attachedPolicies }) => attachedPolicies)) {
    counts.set(arn, (counts.get(arn) ?? 0) + 1);
  }
  return counts;
}
