/** What of a file system is not in its record. */
import type { Scope } from '../../../domain/arn.ts';
import type { EfsParts } from '../parts.ts';
import type { FileSystemState } from './file-system-view.ts';

export async function stateOf(
  { records, files }: EfsParts,
  scope: Scope,
  fileSystemId: string,
): Promise<FileSystemState> {
  const targets = await records.below(scope, 'mount-target', fileSystemId);
  return { mountTargets: targets.length, size: await files.size(fileSystemId) };
}
