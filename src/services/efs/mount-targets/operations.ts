/** The operations on mount targets. */
import { createMountTargetOperation } from './create-mount-target.ts';
import { deleteMountTargetOperation } from './delete-mount-target.ts';
import { describeMountTargetsOperation } from './describe-mount-targets.ts';
import {
  describeMountTargetSecurityGroupsOperation,
  modifyMountTargetSecurityGroupsOperation,
} from './mount-target-security-groups.ts';

export const MOUNT_TARGET_OPERATIONS = [
  createMountTargetOperation,
  describeMountTargetsOperation,
  describeMountTargetSecurityGroupsOperation,
  modifyMountTargetSecurityGroupsOperation,
  deleteMountTargetOperation,
] as const;
