import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../../test/support/agent/silent-logger.ts';
import { FakeImageStore } from '../../drivers/image-store-fake/fake-image-store.ts';
import { ManualClock } from '../../ports/testing/manual-clock.ts';
import { storeTestImage } from '../../ports/testing/image-store-suite.ts';
import { aTestImage } from '../../ports/testing/test-image.ts';
import { ImageCollector } from './image-collector.ts';
import { ImageUse } from './image-use.ts';

const HOUR_MS = 3_600_000;
const IMAGE_BYTES = 100_000;

interface Scene {
  readonly clock: ManualClock;
  readonly store: FakeImageStore;
  readonly use: ImageUse;
  /** References of the tasks that are here. */
  readonly tasks: Set<string>;
  readonly collector: ImageCollector;
  /** Pulls an image of some 100 kB. */
  readonly pulled: (name: string) => Promise<void>;
  readonly names: () => Promise<string[]>;
}

/** A disk with room for a little more than five images, of which four are to be free: pressure from the second on. */
function aScene(): Scene {
  const clock = new ManualClock();
  const store = new FakeImageStore({ now: () => clock.now(), totalBytes: IMAGE_BYTES * 5.5 });
  const use = new ImageUse(clock);
  const tasks = new Set<string>();
  const parts = { store, use, clock, logger: silentLogger, references: () => tasks };
  const collector = new ImageCollector({ ...parts, freeShare: 0.75, minAgeMs: HOUR_MS });
  const pulled = async (name: string): Promise<void> => {
    const content = name.padEnd(IMAGE_BYTES, '.');
    await storeTestImage(store, name, aTestImage([{ entries: [{ path: 'content', content }] }]));
  };
  const names = async (): Promise<string[]> => (await store.list()).map(({ name }) => name);
  return { clock, store, use, tasks, collector, pulled, names };
}

const [A, B, C] = ['a', 'b', 'c'].map((name) => `registry.test/${name}:1`) as [string, string, string];

describe('ImageCollector', () => {
  it('leaves all images while there is room', async () => {
    const { clock, collector, pulled, names } = aScene();
    await pulled(A);
    clock.advance(100 * HOUR_MS);
    assert.deepEqual(await collector.look(), []);
    assert.deepEqual(await names(), [A]);
  });

  it('removes what was not used for the longest time, until there is room', async () => {
    const { clock, collector, pulled, names } = aScene();
    for (const name of [B, A, C]) {
      await pulled(name);
      clock.advance(1000);
    }
    clock.advance(HOUR_MS);
    assert.deepEqual(await collector.look(), [B, A]);
    assert.deepEqual(await names(), [C]);
  });

  it('counts from the last use, not from the pull', async () => {
    const { clock, use, collector, pulled } = aScene();
    for (const name of [A, B, C]) await pulled(name);
    clock.advance(HOUR_MS);
    use.note(A);
    clock.advance(HOUR_MS);
    assert.deepEqual(await collector.look(), [B, C]);
  });

  it('leaves what was used within the hour, however full the disk is', async () => {
    const { clock, collector, pulled } = aScene();
    for (const name of [A, B, C]) await pulled(name);
    clock.advance(HOUR_MS - 1);
    assert.deepEqual(await collector.look(), []);
    clock.advance(1);
    assert.equal((await collector.look()).length, 2);
  });

  it('never removes the image of a task that is here, whatever it is called in the definition', async () => {
    const { clock, tasks, collector, pulled, names } = aScene();
    const hub = 'docker.io/library/busybox:latest';
    for (const name of [hub, A, B]) await pulled(name);
    tasks.add('busybox').add(A).add('NO reference').add('registry.test/being/pulled');
    clock.advance(100 * HOUR_MS);
    assert.deepEqual(await collector.look(), [B]);
    tasks.delete('busybox');
    assert.deepEqual(await collector.look(), [], 'it was in use a moment ago');
    clock.advance(HOUR_MS);
    assert.deepEqual(await collector.look(), [hub]);
    assert.deepEqual(await names(), [A]);
  });

  it('leaves an image for which a task comes while others are removed', async () => {
    const { clock, store, tasks, collector, pulled, names } = aScene();
    for (const name of [A, B, C]) await pulled(name);
    clock.advance(HOUR_MS);
    const remove = store.remove.bind(store);
    store.remove = async (name) => {
      tasks.add(B);
      await remove(name);
    };
    assert.deepEqual(await collector.look(), [A, C]);
    assert.deepEqual(await names(), [B]);
  });

  it('knows after a restart of the agent until when images were used', async () => {
    const { clock, store, tasks, collector, pulled } = aScene();
    for (const name of [A, B, C]) await pulled(name);
    tasks.add(A);
    clock.advance(2 * HOUR_MS);
    await collector.look();
    const parts = { store, clock, logger: silentLogger, use: new ImageUse(clock), references: () => [] };
    const next = new ImageCollector({ ...parts, freeShare: 1, minAgeMs: HOUR_MS });
    assert.deepEqual(await next.look(), []);
    clock.advance(HOUR_MS);
    assert.deepEqual(await next.look(), [A]);
  });

  it('looks every half minute until it is told to end', async () => {
    const { clock, collector, pulled, names } = aScene();
    for (const name of [A, B]) await pulled(name);
    clock.advance(HOUR_MS);
    const end = new AbortController();
    const running = collector.run(end.signal);
    clock.advance(30_000);
    while ((await names()).length > 1) await new Promise((resolve) => setImmediate(resolve));
    end.abort();
    await running;
  });
});

describe('ImageUse', () => {
  it('lets a pull wait for the removal of its image', async () => {
    const { use } = aScene();
    let removed: () => void = () => undefined;
    const removal = use.remove(A, () => new Promise((resolve) => (removed = resolve)));
    let isFree = false;
    const begun = use.begin(A).then(() => (isFree = true));
    await use.begin(B);
    assert.equal(isFree, false);
    removed();
    await Promise.all([removal, begun]);
    await assert.rejects(use.remove(A, () => Promise.reject(new Error('no'))));
    await use.begin(A);
  });
});
