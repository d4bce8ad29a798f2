/** The directory behind a view, found or made as everybody would: for development without root. */
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkAccessPointId, checkFileSystemId } from '../../domain/efs/file-system-id.ts';
import type { CreationInfo } from '../../domain/efs/records.ts';
import type { FileSystemView } from '../../domain/efs/view.ts';
import { AppError } from '../../domain/errors.ts';
import { hasErrno, nodeError } from '../../linux/errno.ts';

/** `invalid` unless its ids are ids. */
export function checkView({ fileSystemId, accessPoint }: FileSystemView): void {
  checkFileSystemId(fileSystemId);
  if (accessPoint !== undefined) checkAccessPointId(accessPoint.accessPointId);
}

/** `not-found` and `invalid` as the ports say. */
export async function directoryOf(fileSystems: string, view: FileSystemView): Promise<string> {
  checkView(view);
  const { fileSystemId, accessPoint, rootDirectory } = view;
  const root = join(fileSystems, fileSystemId);
  const path = join(root, join('/', accessPoint?.rootPath ?? rootDirectory));
  await isDirectory(root);
  if (accessPoint?.creationInfo !== undefined) await make(path, accessPoint.creationInfo);
  if (await isDirectory(path)) return path;
  throw new AppError('not-found', `${path} is no directory`);
}

async function isDirectory(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    (error: unknown) => {
      throw nodeError(error, path);
    },
  );
}

async function make(path: string, { permissions }: CreationInfo): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    await mkdir(path);
    await chmod(path, Number.parseInt(permissions, 8));
  } catch (error) {
    const failure = nodeError(error, path);
    if (!hasErrno(failure, 'EEXIST')) throw failure;
  }
}
