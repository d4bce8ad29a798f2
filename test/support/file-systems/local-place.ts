/** Local file systems in a directory of a test's own, and what they leave on the machine. */
import { chmodSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileSystemView } from '../../../src/domain/efs/view.ts';
import { LocalFileSystemMounts } from '../../../src/drivers/file-systems-local/local-file-system-mounts.ts';
import {
  LocalFileSystemViews,
  processPrefix,
} from '../../../src/drivers/file-systems-local/local-file-system-views.ts';
import { unmountNow } from '../../../src/linux/mount.ts';
import { mountsBelow } from '../../../src/linux/mount-table.ts';
import { findProcessesAnywhere, type ProcessIdentity } from '../../../src/linux/process-identity.ts';

export const FILE_SYSTEM_ID = 'fs-00000000000000001';

/** Why local file systems cannot be tried here, or false. */
export function localFileSystemsMissing(): string | false {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!existsSync('/dev/fuse')) return 'kernel: has no FUSE';
  return !existsSync('/usr/bin/bindfs') && 'needs the Debian package bindfs';
}

export interface LocalPlace {
  readonly root: string;
  /** The file system's own files. */
  readonly files: string;
  readonly views: LocalFileSystemViews;
  readonly mounts: LocalFileSystemMounts;
  makeFileSystem(fileSystemId: string): Promise<string>;
  /** Drivers that know nothing of these: those of the agent that comes next. */
  again(): { readonly views: LocalFileSystemViews; readonly mounts: LocalFileSystemMounts };
  /** That show views. */
  processes(): Promise<ProcessIdentity[]>;
  /** Mounts, processes and directories of views and tasks. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

/** With one file system. `close` takes everything away, also what the drivers would leave. */
export async function aLocalPlace(): Promise<LocalPlace> {
  const root = await mkdtemp('/var/tmp/neargate-efs-');
  const fileSystems = join(root, 'efs');
  const again = () => {
    const views = new LocalFileSystemViews({ fileSystems, dir: join(root, 'views') });
    return { views, mounts: new LocalFileSystemMounts({ fileSystems, dir: join(root, 'mounts'), views }) };
  };
  const makeFileSystem = async (fileSystemId: string): Promise<string> => {
    const path = join(fileSystems, fileSystemId);
    await mkdir(path, { recursive: true });
    chmodSync(path, 0o755);
    return path;
  };
  const leftovers = async (): Promise<string[]> => {
    const names = await Promise.all(
      ['views', 'mounts'].map((name) => readdir(join(root, name)).catch(() => [])),
    );
    const pids = (await processes()).map(({ pid }) => `process ${pid}`);
    return [...(await mountsBelow(root)), ...names.flat(), ...pids];
  };
  const processes = (): Promise<ProcessIdentity[]> => {
    const prefix = `fsname=${processPrefix(join(root, 'views'))}`;
    return findProcessesAnywhere((args) => args.some((argument) => argument.includes(prefix)));
  };
  const { views, mounts } = again();
  return {
    ...{ root, views, mounts, makeFileSystem, again, processes, leftovers },
    files: await makeFileSystem(FILE_SYSTEM_ID),
    async close() {
      for (const key of await views.list()) await views.close(viewOfKey(key));
      for (const path of await mountsBelow(root)) unmountNow(path);
      await rm(root, { recursive: true });
    },
  };
}

/** A view by its key, as far as closing it needs it. */
function viewOfKey(key: string): FileSystemView {
  const [fileSystemId = '', accessPointId] = key.split('/');
  const isAccessPoint = accessPointId?.startsWith('fsap-') === true;
  return {
    fileSystemId,
    rootDirectory: '/',
    ...(isAccessPoint && { accessPoint: { accessPointId, rootPath: '/' } }),
  };
}
