import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import {
  containerdMissing,
  startPrivateContainerd,
} from '../../../test/support/containerd/private-containerd.ts';
import { ContainerdImageStore } from '../../drivers/containerd/images/containerd-image-store.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import type { StoredImage } from '../../ports/image-store.ts';
import { storeTestImage } from '../../ports/testing/image-store-suite.ts';
import { aTestImage } from '../../ports/testing/test-image.ts';
import { ImageCollector } from './image-collector.ts';
import { ImageUse } from './image-use.ts';

const run = promisify(execFile);
const MIB = 2 ** 20;
const [USED, OLD, YOUNG] = ['used', 'old', 'young'].map((name) => `registry.test/${name}:1`) as [
  string,
  string,
  string,
];

type Undo = () => Promise<void>;

/** A containerd on a file system of 100 MiB. */
async function onASmallDisk(undo: Undo[]) {
  const disk = await mkdtemp(join(tmpdir(), 'ng-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', 'size=100m', 'tmpfs', disk]);
  undo.push(async () => {
    await run('umount', [disk]);
    await rm(disk, { recursive: true });
  });
  const containerd = await startPrivateContainerd(disk);
  undo.push(() => containerd.close());
  return containerd;
}

describe('ImageCollector with containerd', { skip: containerdMissing() ?? false }, () => {
  it('makes room on a disk that is nearly full, and leaves what is used', async (t) => {
    const undo: Undo[] = [];
    t.after(async () => {
      for (const each of undo.reverse()) await each();
    });
    const containerd = await onASmallDisk(undo);
    const store = new ContainerdImageStore(containerd);
    const base = { entries: [{ path: 'base', content: randomBytes(5 * MIB) }] };
    const stored: StoredImage[] = [];
    for (const name of [USED, OLD, YOUNG]) {
      const own = { entries: [{ path: 'own', content: randomBytes(10 * MIB) }] };
      stored.push(await storeTestImage(store, name, aTestImage([base, own])));
    }
    const [used, old, young] = stored.map(({ lowerDirs }) => lowerDirs[0] ?? '') as [string, string, string];
    const before = await store.space();
    const parts = { store, clock: systemClock, logger: silentLogger, use: new ImageUse(systemClock) };
    const freeShare = before.freeBytes / before.totalBytes + 0.1;
    const references = (): string[] => [USED];
    const collector = new ImageCollector({ ...parts, references, freeShare, minAgeMs: 0 });
    assert.deepEqual(await collector.look(), [OLD]);
    assert.ok((await store.space()).freeBytes - before.freeBytes > 18 * MIB, 'blob and layer are gone');
    assert.deepEqual([used, old, young].map(existsSync), [true, false, true]);
    const again = await store.find(USED, stored[0]?.digest ?? '');
    assert.equal((await store.readFile(again as StoredImage, '/base', 6 * MIB))?.length, 5 * MIB);
    assert.deepEqual(await collector.look(), [], 'there is room now');
    const all = new ImageCollector({ ...parts, references, freeShare: 1, minAgeMs: 0 });
    assert.deepEqual(await all.look(), [YOUNG]);
    assert.deepEqual(
      (await store.list()).map(({ name }) => name),
      [USED],
    );
  });
});
