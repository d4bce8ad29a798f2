import { describeImageStore } from '../../ports/testing/image-store-suite.ts';
import { FakeImageStore } from './fake-image-store.ts';

describeImageStore('ImageStore: FakeImageStore', () => {
  const store = new FakeImageStore();
  return Promise.resolve({ store, reopen: () => Promise.resolve(store), close: () => Promise.resolve() });
});
