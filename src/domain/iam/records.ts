/** What the store keeps for IAM: of accounts, not of regions. Times are epoch milliseconds, documents are JSON as it was given. */
import type { Tag } from '../ecs/task-definition.ts';

/** That an account has, or once had, what every account begins with. */
export interface IamAccountRecord {
  readonly madeAt: number;
}

export interface RoleRecord {
  readonly roleName: string;
  /** `AROA` and 17 characters; a role made again under the name has another. */
  readonly roleId: string;
  readonly arn: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly description?: string;
  /** Who may assume it. */
  readonly trustPolicy: string;
  readonly maxSessionSeconds: number;
  readonly tags: readonly Tag[];
  readonly createdAt: number;
  /** The documents of its inline policies, by name. */
  readonly inlinePolicies: Readonly<Record<string, string>>;
  /** ARNs of managed policies, in the order in which they were attached. */
  readonly attachedPolicies: readonly string[];
  /** The ARN of the managed policy that bounds what all others allow. */
  readonly permissionsBoundary?: string;
}

/** A customer managed policy. */
export interface PolicyRecord {
  readonly policyName: string;
  /** `ANPA` and 17 characters. */
  readonly policyId: string;
  readonly arn: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
  readonly createdAt: number;
  readonly changedAt: number;
  /** The newest first. */
  readonly versions: readonly PolicyVersionRecord[];
  /** Of the one that counts, e.g. `v3`. */
  readonly defaultVersionId: string;
  /** Numbers are not used again. */
  readonly lastVersion: number;
}

export interface PolicyVersionRecord {
  readonly versionId: string;
  readonly document: string;
  readonly createdAt: number;
}
