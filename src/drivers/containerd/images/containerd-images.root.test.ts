import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aContainerRequest } from '../../../../test/support/containerd/container-request.ts';
import { removeTestCgroup } from '../../../../test/support/containerd/containerd-harness.ts';
import {
  containerdMissing,
  type PrivateContainerd,
  startPrivateContainerd,
} from '../../../../test/support/containerd/private-containerd.ts';
import {
  DOCKER_LAYER,
  DOCKER_LAYER_GZIP,
  DOCKER_LAYER_ZSTD,
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
} from '../../../domain/oci/media-types.ts';
import { storeTestImage } from '../../../ports/testing/image-store-suite.ts';
import { aTestImage, type TestLayer } from '../../../ports/testing/test-image.ts';
import { ContainerdImageStore } from './containerd-image-store.ts';
import { ContainerdRuntime } from '../containerd-runtime.ts';
import { randomBytes } from 'node:crypto';

const MEDIA_TYPES = [
  [OCI_LAYER, 'none'],
  [OCI_LAYER_GZIP, 'gzip'],
  [OCI_LAYER_ZSTD, 'zstd'],
  [DOCKER_LAYER, 'none'],
  [DOCKER_LAYER_GZIP, 'gzip'],
  [DOCKER_LAYER_ZSTD, 'zstd'],
] as const;

const CGROUP = `/ng-test-${randomBytes(4).toString('hex')}`;

describe('images in containerd', { skip: containerdMissing() ?? false }, () => {
  let containerd: PrivateContainerd;
  let store: ContainerdImageStore;
  before(async () => {
    containerd = await startPrivateContainerd();
    store = new ContainerdImageStore(containerd);
  });
  after(async () => {
    await containerd?.close();
    await removeTestCgroup(CGROUP);
  });

  for (const [mediaType, compression] of MEDIA_TYPES) {
    it(`unpacks ${mediaType}`, async () => {
      const entries = [{ path: 'type', content: mediaType.padEnd(300_000, '.') }];
      const image = aTestImage([{ entries, compression, mediaType }]);
      const stored = await storeTestImage(store, `registry.test/${compression}:1`, image);
      const read = await store.readFile(stored, '/type', mediaType.length);
      assert.equal(read?.toString(), mediaType);
    });
  }

  it('runs a container from an image of several layers, which it keeps until it is deleted', async () => {
    const name = 'registry.test/running:1';
    const image = aTestImage(await busyboxLayers());
    const stored = await storeTestImage(store, name, image);
    const runtime = new ContainerdRuntime(containerd);
    const request = await aContainerRequest({
      id: `${randomBytes(16).toString('hex')}-1`,
      args: ['/bin/busybox', 'cat', '/who'],
      directory: join(containerd.directory, 'containers'),
      lowerDirs: stored.lowerDirs,
      cgroup: CGROUP,
    });
    await runtime.create(request);
    await store.remove(name);
    const [top] = stored.lowerDirs as [string];
    assert.equal(await readFile(join(top, 'who'), 'utf8'), 'upper\n');
    await runtime.start(request.id);
    await containerd.client.call('taskWait', { containerId: request.id });
    assert.equal((await runtime.delete(request.id))?.exitCode, 0);
    assert.equal(await readFile(request.stdoutPath, 'utf8'), 'upper\n');
  });

  it('copies files whose names are no UTF-8', async () => {
    const entries = [
      { path: 'data', directory: true },
      { path: 'data/f\u00e4', content: 'latin1' },
      { path: 'data/link', link: 'f\u00e4' },
    ] as const;
    const stored = await storeTestImage(store, 'registry.test/latin1:1', aTestImage([{ entries }]));
    const target = join(containerd.directory, 'latin1');
    await mkdir(target);
    assert.equal(await store.copyDirectory(stored, '/data', target), true);
    assert.deepEqual((await readdir(target, 'latin1')).toSorted(), ['f\u00e4', 'link']);
    assert.equal(await readFile(Buffer.from(join(target, 'f\u00e4'), 'latin1'), 'utf8'), 'latin1');
  });

  it('keeps nothing when all images are removed', async () => {
    for (const { name } of await store.list()) await store.remove(name);
    // The collection runs after the removal of an image: one that needs nothing else brings it about.
    const last = aTestImage([{ entries: [{ path: 'x', content: 'y' }] }]);
    await storeTestImage(store, 'registry.test/last:1', last);
    await store.remove('registry.test/last:1');
    const left: string[] = [];
    const request = { snapshotter: 'overlayfs' };
    for await (const { info } of containerd.client.stream('snapshotList', request)) {
      left.push(...info.map((snapshot) => snapshot.name));
    }
    assert.deepEqual(left, []);
    const { leases } = await containerd.client.call('leaseList', {});
    assert.deepEqual(leases, []);
  });
});

async function busyboxLayers(): Promise<TestLayer[]> {
  const busybox = await readFile('/bin/busybox');
  return [
    {
      entries: [
        { path: 'bin', directory: true },
        { path: 'bin/busybox', content: busybox, mode: 0o755 },
        { path: 'proc', directory: true },
        { path: 'who', content: 'lower\n' },
      ],
    },
    { entries: [{ path: 'who', content: 'upper\n' }] },
  ];
}
