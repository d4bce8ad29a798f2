import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { buffer } from 'node:stream/consumers';
import {
  containerdMissing,
  type PrivateContainerd,
  startPrivateContainerd,
} from '../../../test/support/containerd/private-containerd.ts';
import { aPullScene, type PullScene } from '../../../test/support/images/pull-scene.ts';
import {
  registryMissing,
  startRegistry,
  type TestRegistry,
} from '../../../test/support/registry/registry.ts';
import {
  buildImage,
  buildIndex,
  buildLayer,
  type BuiltImage,
  wrapLayer,
} from '../../cli/sample-image/image.ts';
import { pushImage } from '../../cli/sample-image/push.ts';
import { file, whiteout, writeTar } from '../../cli/sample-image/tar.ts';
import { hasKind } from '../../domain/errors.ts';
import { OCI_LAYER_ZSTD } from '../../domain/oci/media-types.ts';
import { LINUX_ARM64 } from '../../domain/oci/platform.ts';
import { ContainerdImageStore } from '../../drivers/containerd/images/containerd-image-store.ts';
import type { ImageStore } from '../../ports/image-store.ts';

const skip = containerdMissing() ?? (await registryMissing()) ?? false;
const hasZstd = await promisify(execFile)('zstd', ['--version']).then(
  () => true,
  () => false,
);
const never = new AbortController().signal;

describe('ImagePuller with containerd and docker-registry', { skip }, () => {
  let containerd: PrivateContainerd;
  let registry: TestRegistry;
  let store: ImageStore;

  before(async () => {
    registry = await startRegistry();
    containerd = await startPrivateContainerd();
    store = new ContainerdImageStore(containerd);
  });
  after(async () => {
    await containerd?.close();
    await registry?.close();
  });

  async function pushed(name: string, image: BuiltImage): Promise<string> {
    await pushImage(image, { registryUrl: registry.url, repository: name, tag: 'latest' });
    return `${registry.host}/${name}:latest`;
  }

  const scene = (t: it.TestContext): Promise<PullScene> => aPullScene(t, { puller: { store } });
  const text = async (
    stored: Parameters<ImageStore['readFile']>[0],
    path: string,
  ): Promise<string | undefined> => (await store.readFile(stored, path, 1000))?.toString();

  it('unpacks layers of each compression, one over the other', async (t) => {
    const { puller, request } = await scene(t);
    const tar = writeTar([file('c', 'three'), whiteout('a')]);
    const last = hasZstd
      ? wrapLayer(await zstd(tar), tar, OCI_LAYER_ZSTD)
      : wrapLayer(tar, tar, 'application/vnd.oci.image.layer.v1.tar');
    const image = buildImage({
      layers: [
        buildLayer([file('a', 'one'), file('b', 'one')]),
        buildLayer([file('b', 'two')], { compression: 'none' }),
        last,
      ],
    });
    const stored = await puller.pull(request(await pushed('compressions', image)), never);
    assert.equal(await text(stored, 'a'), undefined);
    assert.equal(await text(stored, 'b'), 'two');
    assert.equal(await text(stored, 'c'), 'three');
    assert.equal(stored.lowerDirs.length, 3);
  });

  it('takes the machine’s platform from an index', async (t) => {
    const { puller, request } = await scene(t);
    const of = (architecture: string): BuiltImage =>
      buildImage({
        layers: [buildLayer([file('arch', architecture)])],
        platform: { os: 'linux', architecture },
      });
    const reference = await pushed('index', buildIndex([of('arm64'), of('amd64')]));
    assert.equal(await text(await puller.pull(request(reference), never), 'arch'), 'amd64');
    const arm = await puller.pull(request(reference, { platform: LINUX_ARM64 }), never);
    assert.equal(await text(arm, 'arch'), 'arm64');
  });

  it('shares one pull between tasks, and knows the image afterwards', async (t) => {
    const { puller, request, dialer } = await scene(t);
    const layers = [1, 2, 3, 4].map((n) => buildLayer([file(`f${n}`, Buffer.alloc(2_000_000, n))]));
    const reference = await pushed('shared', buildImage({ layers }));
    const pulls = await Promise.all([1, 2, 3].map(() => puller.pull(request(reference), never)));
    assert.equal(new Set(pulls.map((each) => each.lowerDirs.join(':'))).size, 1);
    const before = dialer.dialled.length;
    const again = await puller.pull(request(reference), never);
    assert.deepEqual(again.lowerDirs, pulls[0]?.lowerDirs);
    assert.ok(dialer.dialled.length - before <= 1);
  });

  it('keeps no half of an image whose layer is not what its digest says', async (t) => {
    const { server, puller, request } = await scene(t);
    const image = buildImage({ layers: [buildLayer([file('x', 'good')])] });
    const layer = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    const reference = server.add(image);
    const answer = { status: 200, body: 'x'.repeat(layer.size) };
    server.rule({ when: new RegExp(layer.digest), answer, times: 1 });
    await assert.rejects(
      puller.pull(request(reference), never),
      (error) =>
        hasKind(error, 'invalid') &&
        /^ref pull has been retried 1 time\(s\): failed commit on ref "layer-sha256:\w+": unexpected commit digest/.test(
          error.message,
        ),
    );
    assert.equal(await store.hasBlob(layer.digest), false);
    assert.equal(await text(await puller.pull(request(reference), never), 'x'), 'good');
  });

  it('goes on with a layer after the pull that began it was cancelled', async (t) => {
    const { server, puller, request } = await scene(t);
    const image = buildImage({ layers: [buildLayer([file('big', randomish(3_000_000))])] });
    const layer = (image.blobs[0] as (typeof image.blobs)[0]).descriptor;
    const reference = server.add(image);
    server.rule({ when: new RegExp(`GET .*${layer.digest}`), answer: { stallAfter: 2_000_000 }, times: 1 });
    const controller = new AbortController();
    const first = puller.pull(request(reference), controller.signal);
    const refused = assert.rejects(first, (error) => hasKind(error, 'aborted'));
    await untilWritten(containerd, 1_000_000);
    controller.abort();
    await refused;
    await puller.pull(request(reference), never);
    const ranges = server.requests
      .filter((each) => each.path.includes(layer.digest))
      .map((each) => each.range);
    assert.equal(ranges.length, 2);
    assert.match(ranges[1] ?? '', /^bytes=\d{6,}-$/);
  });

  it('fetches each blob once for several images that share layers', async (t) => {
    const { server, puller, request } = await scene(t);
    const base = [1, 2].map((n) => buildLayer([file(`base${n}`, randomish(3_000_000 + n))]));
    const images = ['a', 'b', 'c'].map((name) =>
      buildImage({ layers: [...base, buildLayer([file(name, name)])] }),
    );
    const references = images.map((image, index) => server.add(image, `sharing${index}`));
    const pulls = references.flatMap((each) => [1, 2, 3].map(() => puller.pull(request(each), never)));
    const stored = await Promise.all(pulls);
    assert.equal(new Set(stored.map((each) => each.lowerDirs.join(':'))).size, 3);
    const digests = server.requests
      .filter(({ method }) => method === 'GET')
      .map(({ path }) => path.split('/').at(-1));
    assert.equal(digests.length, new Set(digests).size);
    assert.equal(digests.length, 2 + 3 * 3);
  });
});

/** Waits until containerd has written so much of some blob. */
async function untilWritten({ managed }: PrivateContainerd, bytes: number): Promise<void> {
  const ingest = join(managed.paths.root, 'io.containerd.content.v1.content/ingest');
  for (;;) {
    for (const name of await readdir(ingest)) {
      const data = await stat(join(ingest, name, 'data')).catch(() => undefined);
      if (data !== undefined && data.size >= bytes) return;
    }
  }
}

/** Does not compress. */
function randomish(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = 1; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

async function zstd(bytes: Buffer): Promise<Buffer> {
  const child = spawn('zstd', ['-q', '-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(bytes);
  return buffer(child.stdout);
}
