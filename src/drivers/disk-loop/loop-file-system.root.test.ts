/** What a task's file system asks of the machine's disk, seen at its loop device. */
import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { loopNumber } from '../../linux/loop-device.ts';
import { LoopTaskDisks } from './loop-task-disks.ts';

const MIB = 2 ** 20;
const SECTOR_BYTES = 512;
/** Fields of the device's `stat` in sysfs. */
const SECTORS_WRITTEN = 6;
const FLUSHES = 15;
const skip = process.getuid?.() !== 0 && 'needs root';

describe('The loop device of a task', { skip }, () => {
  let dir: string;
  let path: string;
  let disks: LoopTaskDisks;
  let device: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'neargate-disks-'));
    disks = new LoopTaskDisks({ dir });
    ({ path } = await disks.create({ taskId: 'task', sizeGiB: 1 }));
    device = `/sys/block/loop${loopNumber((await stat(path)).dev)}`;
  });
  after(async () => {
    await disks.remove('task');
    await disks.close();
    await rm(dir, { recursive: true });
  });

  const counter = async (field: number): Promise<number> =>
    Number((await readFile(`${device}/stat`, 'latin1')).trim().split(/\s+/)[field]);

  it('has what a process has synced, without a flush of the machine’s disk', async () => {
    const [written, flushes] = [await counter(SECTORS_WRITTEN), await counter(FLUSHES)];
    const file = await open(join(path, 'data'), 'w');
    await file.write(Buffer.alloc(MIB, 'x'));
    await file.sync();
    await file.close();
    assert.ok((await counter(SECTORS_WRITTEN)) - written >= MIB / SECTOR_BYTES);
    assert.equal(await counter(FLUSHES), flushes);
  });
});
