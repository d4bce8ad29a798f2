import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeTaskDisks } from '../../ports/testing/task-disks-suite.ts';
import { FakeTaskDisks } from './fake-task-disks.ts';

describeTaskDisks('FakeTaskDisks', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'neargate-disks-'));
  return {
    disks: new FakeTaskDisks({ dir }),
    leftovers: () => readdir(dir),
    close: () => rm(dir, { recursive: true }),
  };
});
