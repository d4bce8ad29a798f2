import { describeImageRegistry } from '../../ports/testing/image-registry-suite.ts';
import { MemoryImageRegistry } from './memory-image-registry.ts';

describeImageRegistry('ImageRegistry: MemoryImageRegistry', () =>
  Promise.resolve({ registry: new MemoryImageRegistry(), close: () => Promise.resolve() }),
);
