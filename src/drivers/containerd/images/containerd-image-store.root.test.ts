import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  containerdMissing,
  startPrivateContainerd,
} from '../../../../test/support/containerd/private-containerd.ts';
import { hasKind } from '../../../domain/errors.ts';
import { describeImageStore, storeTestImage } from '../../../ports/testing/image-store-suite.ts';
import { aTestImage } from '../../../ports/testing/test-image.ts';
import { ContainerdImageStore } from './containerd-image-store.ts';
import { ImageViews } from './image-views.ts';

const skip = containerdMissing() ?? false;

describeImageStore(
  'ImageStore: ContainerdImageStore',
  async () => {
    const { client, views, root, close } = await startPrivateContainerd();
    return {
      store: new ContainerdImageStore({ client, views, root }),
      reopen: () =>
        Promise.resolve(
          new ContainerdImageStore({ client, root, views: new ImageViews(client, 'overlayfs') }),
        ),
      close,
    };
  },
  { skip },
);

describe('ContainerdImageStore', { skip }, () => {
  it('gives up a file that is a petabyte of holes when it is larger than it may be', async (test) => {
    const { client, views, root, close } = await startPrivateContainerd();
    test.after(close);
    const store = new ContainerdImageStore({ client, views, root });
    const pax = {
      ...{ 'GNU.sparse.major': '0', 'GNU.sparse.minor': '1', 'GNU.sparse.name': 'sparse' },
      ...{ 'GNU.sparse.size': String(2 ** 50), 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '0,1' },
    };
    const image = aTestImage([{ entries: [{ path: 'sparse', content: 'x', pax }] }]);
    await assert.rejects(
      storeTestImage(store, 'registry.test/sparse:1', image, { maxBytes: 2 ** 20 }),
      (error) => hasKind(error, 'failed-precondition') && error.details['errno'] === 'ENOSPC',
    );
    await storeTestImage(store, 'registry.test/next:1', aTestImage([{ entries: [] }]));
  });
});
