/** Roles as answers show them. */
import type { Role } from '@aws-sdk/client-iam';
import type { RoleRecord } from '../../../domain/iam/records.ts';
import { shownDocument, shownTags } from '../shown.ts';
import { shownBoundary } from './permissions-boundary.ts';

/** As a list shows it: without boundary, tags and last use. */
export function listedRole(role: RoleRecord): Role {
  return {
    Path: role.path,
    RoleName: role.roleName,
    RoleId: role.roleId,
    Arn: role.arn,
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: shownDocument(role.trustPolicy),
    ...(role.description !== undefined && { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
  };
}

/** As the answer that made it shows it. */
export function createdRole(role: RoleRecord): Role {
  const boundary = shownBoundary(role);
  return {
    ...listedRole(role),
    ...(boundary !== undefined && { PermissionsBoundary: boundary }),
    ...(role.tags.length > 0 && { Tags: shownTags(role.tags) }),
  };
}

/** As GetRole shows it. When it was last used is not kept. */
export function wholeRole(role: RoleRecord): Role {
  return { ...createdRole(role), RoleLastUsed: {} };
}
