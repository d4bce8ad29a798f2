/** What the stores do on a disk that has no room left. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mountDisk, unmountDisk } from '../../../test/support/disk/small-disk.ts';

const DISK_BYTES = 48 * 2 ** 20;
const program = fileURLToPath(new URL('../../../test/support/store/meet-a-full-disk.js', import.meta.url));
const skip = process.getuid?.() !== 0 && 'needs root';

describe('The stores on a full disk', { skip }, () => {
  it('refuse what has no room, go on in the same process once there is some, and have all that was answered', async () => {
    const home = await mkdtemp(join(tmpdir(), 'neargate-full-disk-'));
    const disk = join(home, 'disk');
    try {
      await mountDisk(join(home, 'disk.img'), disk, DISK_BYTES);
      const ran = spawnSync(process.execPath, [program, disk], { encoding: 'utf8' });
      // LMDB says there when a write failed, which its process may not survive.
      assert.equal(ran.stderr, '');
      assert.equal(ran.status, 0, String(ran.signal));
    } finally {
      await unmountDisk(disk);
      await rm(home, { recursive: true, force: true });
    }
  });
});
