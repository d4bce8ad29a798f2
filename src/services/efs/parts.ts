/** What each operation of EFS gets. */
import type { EfsDeps } from './deps.ts';
import type { EfsRecords } from './efs-records.ts';
import type { FileSystemFiles } from './file-systems/file-system-files.ts';

export interface EfsParts extends EfsDeps {
  readonly records: EfsRecords;
  readonly files: FileSystemFiles;
}
