/** Amazon EFS as the front door sees it: every operation that exists here. */
import type { OperationDefinition, RestJsonService } from '../../wire/service.ts';
import { ACCESS_POINT_OPERATIONS } from './access-points/operations.ts';
import { BACKUP_OPERATIONS } from './backup/backup-policy.ts';
import type { EfsDeps } from './deps.ts';
import { EfsRecords } from './efs-records.ts';
import { FILE_SYSTEM_OPERATIONS } from './file-systems/operations.ts';
import type { FileSystemFiles } from './file-systems/file-system-files.ts';
import { LIFECYCLE_OPERATIONS } from './lifecycle/lifecycle-configuration.ts';
import type { EfsParts } from './parts.ts';
import { efsPermissions } from './permissions.ts';
import { MOUNT_TARGET_OPERATIONS } from './mount-targets/operations.ts';
import { POLICY_OPERATIONS } from './policies/operations.ts';
import { PREFERENCE_OPERATIONS } from './preferences/account-preferences.ts';
import { REPLICATION_OPERATIONS } from './replication/replication-configuration.ts';
import { TAG_OPERATIONS } from './tags/operations.ts';

const OPERATIONS = [
  ...FILE_SYSTEM_OPERATIONS,
  ...MOUNT_TARGET_OPERATIONS,
  ...ACCESS_POINT_OPERATIONS,
  ...POLICY_OPERATIONS,
  ...LIFECYCLE_OPERATIONS,
  ...BACKUP_OPERATIONS,
  ...REPLICATION_OPERATIONS,
  ...TAG_OPERATIONS,
  ...PREFERENCE_OPERATIONS,
];

export function createEfsService(deps: EfsDeps, files: FileSystemFiles): RestJsonService {
  const parts: EfsParts = { ...deps, files, records: new EfsRecords(deps.store) };
  return {
    name: 'elasticfilesystem',
    protocol: 'rest-json',
    pathPrefix: '/2015-02-01/',
    permissions: efsPermissions(parts),
    operations: OPERATIONS.map((create) => create(parts) as OperationDefinition),
  };
}
