import {
  containerdMissing,
  startPrivateContainerd,
} from '../../../test/support/containerd/private-containerd.ts';
import { describeImageStore } from '../../ports/testing/image-store-suite.ts';
import { ContainerdImageStore } from './containerd-image-store.ts';
import { ImageViews } from './image-views.ts';

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
  { skip: containerdMissing() ?? false },
);
