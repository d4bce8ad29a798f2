import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFileSystemMounts } from '../../ports/testing/file-system-mounts-suite.ts';
import { describeFileSystemViews } from '../../ports/testing/file-system-views-suite.ts';
import { FakeFileSystemMounts } from './fake-file-system-mounts.ts';
import { FakeFileSystemViews } from './fake-file-system-views.ts';

async function aPlace() {
  const root = await mkdtemp(join(tmpdir(), 'neargate-efs-'));
  const paths = { fileSystems: join(root, 'efs'), dir: join(root, 'mounts') };
  return {
    paths,
    async makeFileSystem(fileSystemId: string): Promise<string> {
      const path = join(paths.fileSystems, fileSystemId);
      await mkdir(path, { recursive: true });
      return path;
    },
    leftovers: () => readdir(paths.dir),
    close: () => rm(root, { recursive: true }),
  };
}

describeFileSystemViews('FakeFileSystemViews', async () => {
  const { paths, ...place } = await aPlace();
  return { views: new FakeFileSystemViews(paths), ...place };
});

describeFileSystemMounts('FakeFileSystemMounts', async () => {
  const { paths, ...place } = await aPlace();
  return { mounts: new FakeFileSystemMounts(paths), ...place };
});
