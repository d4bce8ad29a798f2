/** The operations on file systems. */
import { createFileSystemOperation } from './create-file-system.ts';
import { deleteFileSystemOperation } from './delete-file-system.ts';
import { describeFileSystemsOperation } from './describe-file-systems.ts';
import { updateFileSystemOperation } from './update-file-system.ts';
import { updateFileSystemProtectionOperation } from './update-file-system-protection.ts';

export const FILE_SYSTEM_OPERATIONS = [
  createFileSystemOperation,
  describeFileSystemsOperation,
  updateFileSystemOperation,
  updateFileSystemProtectionOperation,
  deleteFileSystemOperation,
] as const;
