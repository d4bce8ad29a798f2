/** The operations on policies of file systems. */
import { deleteFileSystemPolicyOperation } from './delete-file-system-policy.ts';
import { describeFileSystemPolicyOperation } from './describe-file-system-policy.ts';
import { putFileSystemPolicyOperation } from './put-file-system-policy.ts';

export const POLICY_OPERATIONS = [
  putFileSystemPolicyOperation,
  describeFileSystemPolicyOperation,
  deleteFileSystemPolicyOperation,
] as const;
