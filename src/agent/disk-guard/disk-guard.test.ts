import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DiskSpace } from '../../domain/machine.ts';
import type { Logger } from '../../ports/logger.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { DiskGuard } from './disk-guard.ts';

const GIB = 2 ** 30;

/** A disk of 100 GiB, of which 5 % are to be free. */
function aGuard() {
  const seen = { told: [] as number[], said: [] as string[], reclaims: 0 };
  const disk = { free: 50, taken: 0, reclaimable: 0 };
  const space = (): Promise<DiskSpace> => {
    const { free, taken } = disk;
    return Promise.resolve({ totalBytes: 100 * GIB, freeBytes: free * GIB, takenBytes: taken * GIB });
  };
  const reclaim = async (): Promise<void> => {
    seen.reclaims += 1;
    disk.free += disk.reclaimable;
    disk.taken -= disk.reclaimable;
    disk.reclaimable = 0;
  };
  const say = (level: string) => (message: string) => void seen.said.push(`${level} ${message}`);
  const logger: Logger = {
    ...{ debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') },
    child: () => logger,
  };
  const guard = new DiskGuard({
    disks: { space, reclaim },
    clock: new ManualClock(),
    logger,
    freeShare: 0.05,
    onChange: (diskMiB) => seen.told.push(diskMiB / 1024),
  });
  return { guard, disk, seen };
}

describe('DiskGuard', () => {
  it('tells what tasks may take, and again when that has changed much', async () => {
    const { guard, disk, seen } = aGuard();
    await guard.look();
    disk.free = 49.9;
    await guard.look();
    // Room that tasks take was theirs already.
    Object.assign(disk, { free: 30, taken: 20 });
    await guard.look();
    assert.deepEqual(seen.told, [45]);
    disk.free = 20;
    await guard.look();
    assert.deepEqual(seen.told, [45, 35]);
    assert.deepEqual(seen.said, []);
  });

  it('warns before the disk is short, and when it is, once each', async () => {
    const { guard, disk, seen } = aGuard();
    for (const free of [50, 9, 8, 4, 3, 20]) {
      disk.free = free;
      await guard.look();
    }
    assert.deepEqual(seen.told, [45, 4, 3, 0, 15]);
    assert.deepEqual(seen.said, [
      'warn disk: nearly full; soon this machine takes no more tasks',
      'warn disk: full; this machine takes no more tasks until there is room',
      'info disk: there is room again',
    ]);
  });

  it('gives back what tasks have deleted before it warns', async () => {
    const { guard, disk, seen } = aGuard();
    await guard.look();
    assert.equal(seen.reclaims, 0);
    Object.assign(disk, { free: 4, taken: 46, reclaimable: 30 });
    await guard.look();
    assert.equal(seen.reclaims, 1);
    assert.deepEqual(seen.said, []);
  });
});
