/** PutBackupPolicy, DescribeBackupPolicy: kept and shown; there is no AWS Backup here that would make backups. */
import {
  type BackupPolicyDescription,
  DescribeBackupPolicy$,
  type DescribeBackupPolicyRequest,
  PutBackupPolicy$,
  type PutBackupPolicyRequest,
} from '@aws-sdk/client-efs';
import { operation, type RequestContext } from '../../../wire/service.ts';
import { checkEnum, required } from '../constraints.ts';
import { badRequest, policyNotFound } from '../errors.ts';
import type { EfsParts } from '../parts.ts';

const STATUSES = ['ENABLED', 'ENABLING', 'DISABLED', 'DISABLING'];

function putBackupPolicyOperation({ records }: EfsParts) {
  return operation(
    PutBackupPolicy$,
    async (input: PutBackupPolicyRequest, { scope }: RequestContext): Promise<BackupPolicyDescription> => {
      const status = required('backupPolicy.status', input.BackupPolicy?.Status);
      checkEnum('backupPolicy.status', status, STATUSES);
      if (status !== 'ENABLED' && status !== 'DISABLED') {
        throw badRequest('The backup policy status can be set to ENABLED or DISABLED.');
      }
      await records.updateFileSystem(scope, input.FileSystemId ?? '', (known) => ({
        ...known,
        backup: status === 'ENABLED',
      }));
      // As on AWS, where it is done a moment later; here it is done already.
      return { BackupPolicy: { Status: status === 'ENABLED' ? 'ENABLING' : 'DISABLING' } };
    },
  );
}

function describeBackupPolicyOperation({ records }: EfsParts) {
  return operation(
    DescribeBackupPolicy$,
    async (
      { FileSystemId: id = '' }: DescribeBackupPolicyRequest,
      { scope }: RequestContext,
    ): Promise<BackupPolicyDescription> => {
      const { fileSystemId, backup } = (await records.requireFileSystem(scope, id)).value;
      if (backup === undefined) throw policyNotFound('backup policy', fileSystemId);
      return { BackupPolicy: { Status: backup ? 'ENABLED' : 'DISABLED' } };
    },
  );
}

export const BACKUP_OPERATIONS = [putBackupPolicyOperation, describeBackupPolicyOperation] as const;
