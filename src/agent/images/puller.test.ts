import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildImage, buildIndex, buildLayer, type BuiltBlob } from '../../cli/sample-image/image.ts';
import { file } from '../../cli/sample-image/tar.ts';
import { AppError, hasKind } from '../../domain/errors.ts';
import { LINUX_ARM64 } from '../../domain/oci/platform.ts';
import type { PullProgress } from '../../domain/task/pull-progress.ts';
import { systemClock } from '../../drivers/system/system-clock.ts';
import { anImage } from '../../../test/support/images/oci-image.ts';
import { aPullScene } from '../../../test/support/images/pull-scene.ts';
import { HostDialer } from '../../../test/support/registry/host-dialer.ts';
import type { PullRequest } from './image-puller.ts';

const never = new AbortController().signal;
const FILES = { one: 'the first', two: 'the second', three: 'the third' };

describe('ImagePuller', () => {
  it('brings manifest, configuration and layers into the store and names the image', async (t) => {
    const { server, store, puller, request } = await aPullScene(t);
    const image = anImage(FILES);
    server.add(image);
    const stored = await puller.pull(request(), never);
    assert.equal(stored.name, `${server.host}/app:latest`);
    assert.equal(stored.digest, image.root.descriptor.digest);
    assert.equal(stored.lowerDirs.length, 3);
    for (const { descriptor } of [image.root, ...image.blobs])
      assert.ok(await store.hasBlob(descriptor.digest));
    assert.equal(store.openLeases, 0, 'the lease is given back');
  });

  it('asks one question and fetches nothing when the image is there', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    server.add(anImage(FILES));
    const first = await puller.pull(request(), never);
    const before = server.requests.length;
    assert.deepEqual(await puller.pull(request(), never), first);
    assert.deepEqual(
      server.requests.slice(before).map((each) => `${each.method} ${each.path}`),
      ['HEAD /v2/app/manifests/latest'],
    );
  });

  it('sees that a tag has moved, and fetches only what is new', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    server.add(anImage({ one: '1', two: '2' }));
    await puller.pull(request(), never);
    const moved = anImage({ one: '1', two: 'other' });
    server.add(moved);
    const before = server.count(/GET .*blobs/);
    const stored = await puller.pull(request(), never);
    assert.equal(stored.digest, moved.root.descriptor.digest);
    assert.equal(server.count(/GET .*blobs/) - before, 2, 'one layer, one configuration');
  });

  it('takes the manifest for its platform from an index', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    const amd64 = anImage({ a: 'amd64' });
    const arm64 = anImage(
      { a: 'arm64' },
      { platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    );
    const index = buildIndex([arm64, amd64]);
    server.add(index);
    const stored = await puller.pull(request(), never);
    assert.equal(stored.digest, index.root.descriptor.digest);
    assert.equal(stored.manifestDigest, amd64.root.descriptor.digest);
    const other = await puller.pull(request(undefined, { platform: LINUX_ARM64 }), never);
    assert.equal(other.manifestDigest, arm64.root.descriptor.digest);
  });

  it('asks the configuration where an index names no platforms', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    const images = [anImage({ a: '1' }, { platform: LINUX_ARM64 }), anImage({ a: '2' })].map((image) => {
      const { platform: _, ...descriptor } = image.root.descriptor;
      return { ...image, root: { ...image.root, descriptor } };
    });
    server.add(buildIndex(images));
    const stored = await puller.pull(request(), never);
    assert.equal(stored.manifestDigest, images[1]?.root.descriptor.digest);
  });

  it('pulls a single manifest whatever its platform, as Fargate does', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    server.add(anImage({ a: '1' }, { platform: LINUX_ARM64 }));
    assert.equal((await puller.pull(request(), never)).config.architecture, 'arm64');
  });

  for (const format of ['oci', 'docker'] as const) {
    it(`reads ${format} media types, gzip and plain layers`, async (t) => {
      const { server, puller, request } = await aPullScene(t);
      const plain = buildLayer([file('plain', 'plain')], { compression: 'none', format });
      const gzip = buildLayer([file('gzip', 'gzip')], { format });
      server.add(buildIndex([buildImage({ layers: [plain, gzip], format })], format));
      assert.equal((await puller.pull(request(), never)).lowerDirs.length, 2);
    });
  }

  it('goes on where a layer broke off', async (t) => {
    const { server, clock, puller, request } = await aPullScene(t);
    const image = anImage({ big: Buffer.alloc(50_000, 'x') });
    const { digest } = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    server.add(image);
    server.rule({ when: new RegExp(`GET .*${digest}`), answer: { cutAfter: 30 }, times: 2 });
    await puller.pull(request(), never);
    const ranges = server.requests.filter((each) => each.path.includes(digest)).map((each) => each.range);
    assert.deepEqual(ranges, [undefined, 'bytes=30-', 'bytes=60-']);
    assert.deepEqual(clock.sleeps, [200, 200], 'progress counts as a new beginning');
  });

  it('tries again what may get better, for some time', async (t) => {
    const { server, clock, puller, request } = await aPullScene(t);
    server.add(anImage());
    server.rule({ when: /HEAD/, answer: { status: 503 }, times: 2 });
    // A kept connection that turns out to be closed is not counted, so twice.
    server.rule({ when: /GET .*manifests/, answer: 'drop', times: 2 });
    server.rule({ when: /GET .*blobs/, answer: { status: 500 }, times: 1 });
    await puller.pull(request(), never);
    assert.deepEqual(clock.sleeps, [100, 300, 200, 200]);
  });

  it('waits as long as the registry asks, where that is not too long', async (t) => {
    const { server, clock, puller, request } = await aPullScene(t);
    server.add(anImage());
    server.rule({ when: /HEAD/, answer: { status: 429, headers: { 'retry-after': '3' } }, times: 1 });
    await puller.pull(request(), never);
    assert.deepEqual(clock.sleeps, [3000]);
    server.rule({ when: /HEAD/, answer: { status: 429, headers: { 'retry-after': '3600' } } });
    await assert.rejects(puller.pull(request(), never), (error) => hasKind(error, 'unavailable'));
    assert.deepEqual(clock.sleeps, [3000]);
  });

  it('tells bytes of bytes and layers of layers', async (t) => {
    const told: PullProgress[] = [];
    const onProgress = (request: PullRequest, progress: PullProgress): void => {
      assert.equal(request.assignment.taskId, 'task');
      told.push(progress);
    };
    const { server, puller, request } = await aPullScene(t, { puller: { onProgress } });
    const image = anImage(FILES);
    server.add(image);
    await puller.pull(request(), never);
    const bytesTotal = image.blobs.slice(0, 3).reduce((sum, blob) => sum + blob.bytes.length, 0);
    const end = { layersDone: 3, layersUnpacked: 3, layersTotal: 3, bytesDone: bytesTotal, bytesTotal };
    assert.deepEqual(told[0], {
      ...end,
      phase: 'downloading',
      layersDone: 0,
      layersUnpacked: 0,
      bytesDone: 0,
    });
    assert.deepEqual(told.slice(-2), [
      { ...end, phase: 'unpacking' },
      { ...end, phase: 'done' },
    ]);
  });

  it('fetches no more layers at once than it may', async (t) => {
    const { server, store, puller, request } = await aPullScene(t, { puller: { layersPerPull: 2 } });
    const image = anImage(Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`f${n}`, `content ${n}`])));
    server.add(image);
    let running = 0;
    let most = 0;
    const write = store.writeBlob.bind(store);
    store.writeBlob = async (descriptor, ...rest) => {
      const isLayer = descriptor.mediaType.includes('layer');
      if (isLayer) most = Math.max(most, (running += 1));
      await write(descriptor, ...rest);
      if (isLayer) running -= 1;
    };
    await puller.pull(request(), never);
    assert.equal(most, 2);
  });
});

describe('ImagePuller with several tasks', () => {
  it('fetches an image once that several wait for', async (t) => {
    const { server, store, puller, request } = await aPullScene(t);
    server.add(anImage(FILES));
    const pulls = await Promise.all([1, 2, 3].map(() => puller.pull(request(), never)));
    assert.equal(new Set(pulls).size, 1);
    assert.equal(server.count(/HEAD/), 3, 'each asks for itself');
    assert.equal(server.count(/GET/), 5);
    assert.equal(store.unpacked, 1);
  });

  it('goes on through another task’s network when the first one leaves', async (t) => {
    const { server, store, puller, request } = await aPullScene(t);
    const image = anImage({ big: Buffer.alloc(50_000, 'x') });
    const { digest } = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    server.add(image);
    server.rule({ when: new RegExp(`GET .*${digest}`), answer: { stallAfter: 30 }, times: 1 });
    const first = new AbortController();
    const dialer = new HostDialer();
    const leaving = puller.pull(request(), first.signal);
    const refused = assert.rejects(
      leaving,
      (error) => hasKind(error, 'aborted') && error.message === 'context canceled',
    );
    await until(() => server.count(new RegExp(digest)) === 1);
    const staying = puller.pull(request(undefined, { dialer }), never);
    await until(() => server.count(/HEAD/) === 2);
    // The second one joins just after its answer came.
    await new Promise((resolve) => setTimeout(resolve, 20));
    first.abort();
    await refused;
    assert.equal((await staying).digest, image.root.descriptor.digest);
    const ranges = server.requests.filter((each) => each.path.includes(digest)).map((each) => each.range);
    assert.deepEqual(ranges, [undefined, 'bytes=30-']);
    assert.ok(dialer.dialled.length > 0);
    await until(() => store.openLeases === 0);
  });

  it('fetches each blob once for tasks of several images that share layers', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    const shared = { base: Buffer.alloc(50_000, 'b'), runtime: Buffer.alloc(20_000, 'r') };
    const images = ['one', 'two', 'three'].map((name) => anImage({ ...shared, [name]: name }));
    const references = images.map((image, index) => server.add(image, `app${index}`));
    const pulls = references.flatMap((reference) =>
      [1, 2, 3].map(() => puller.pull(request(reference), never)),
    );
    await Promise.all(pulls);
    assert.equal(server.count(/HEAD/), 9, 'each asks for itself');
    const digests = server.requests
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path.split('/').at(-1));
    const wanted = new Set(
      images.flatMap(({ root, blobs }) => [root, ...blobs].map((each) => each.descriptor.digest)),
    );
    assert.deepEqual(new Set(digests), wanted);
    assert.equal(digests.length, wanted.size);
  });

  it('goes on with another image’s layer when the task that fetches it leaves', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    const base = { base: Buffer.alloc(50_000, 'b') };
    const images = [anImage({ ...base, one: '1' }), anImage({ ...base, two: '2' })];
    const [first = '', second = ''] = images.map((image, index) => server.add(image, `app${index}`));
    const [blob] = images[0]?.blobs ?? [];
    const digest = blob?.descriptor.digest ?? assert.fail('no blob');
    server.rule({ when: new RegExp(`GET .*${digest}`), answer: { stallAfter: 30 }, times: 1 });
    const leaving = new AbortController();
    const refused = assert.rejects(puller.pull(request(first), leaving.signal), { kind: 'aborted' });
    await until(() => server.count(new RegExp(digest)) === 1);
    const staying = puller.pull(request(second, { dialer: new HostDialer() }), never);
    await until(() => server.count(/GET .*app1.blobs/) === 2);
    await turns();
    leaving.abort();
    await refused;
    await staying;
    const ranges = server.requests.filter((each) => each.path.includes(digest)).map((each) => each.range);
    assert.deepEqual(ranges, [undefined, 'bytes=30-']);
  });

  it('takes a layer over from a network that does not get on', async (t) => {
    const { server, puller, request } = await aPullScene(t, {
      puller: { clock: systemClock, patienceMs: 20 },
    });
    const image = anImage({ big: Buffer.alloc(50_000, 'x') });
    const { digest } = (image.blobs[0] as BuiltBlob).descriptor;
    server.add(image);
    server.rule({ when: new RegExp(`GET .*${digest}`), answer: { stallAfter: 30 }, times: 1 });
    const stalled = puller.pull(request(), never);
    await until(() => server.count(new RegExp(digest)) === 1);
    await Promise.all([stalled, puller.pull(request(undefined, { dialer: new HostDialer() }), never)]);
    const ranges = server.requests.filter((each) => each.path.includes(digest)).map((each) => each.range);
    assert.deepEqual(ranges, [undefined, 'bytes=30-']);
  });

  it('lets a task whose network fails fail alone', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    server.add(anImage(FILES));
    const cut = new HostDialer({
      '127.0.0.1': new AppError('unavailable', 'no', {
        details: { syscallCode: 'ENETUNREACH', address: '' },
      }),
    });
    const outcomes = await Promise.allSettled(
      [new HostDialer(), cut, new HostDialer()].map((dialer) =>
        puller.pull(request(undefined, { dialer }), never),
      ),
    );
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });

  it('ends the work when nobody waits any more, and begins anew for the next', async (t) => {
    const { server, store, puller, request } = await aPullScene(t);
    server.add(anImage(FILES));
    server.rule({ when: /GET .*blobs/, answer: 'hang', times: 4 });
    const controller = new AbortController();
    const pull = puller.pull(request(), controller.signal);
    const refused = assert.rejects(pull, (error) => hasKind(error, 'aborted'));
    await until(() => server.count(/GET .*blobs/) === 4);
    controller.abort();
    await refused;
    await until(() => store.openLeases === 0);
    assert.equal((await puller.pull(request(), never)).lowerDirs.length, 3);
  });

  it('lets each task see its own failure', async (t) => {
    const { server, puller, request } = await aPullScene(t);
    server.add(anImage(FILES));
    server.rule({ when: /GET .*blobs/, answer: { status: 403 } });
    const pulls = await Promise.allSettled([1, 2].map(() => puller.pull(request(), never)));
    assert.deepEqual(
      pulls.map((pull) => pull.status),
      ['rejected', 'rejected'],
    );
  });
});

/** Lets what has been answered be read. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
