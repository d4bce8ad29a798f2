import { describeObjectSource } from '../../ports/testing/object-source-suite.ts';
import { MemoryObjectSource } from './memory-object-source.ts';

describeObjectSource('MemoryObjectSource', (objects) =>
  Promise.resolve({
    source: new MemoryObjectSource(objects),
    dialer: { connect: () => Promise.reject(new Error('nothing is dialled')) },
    close: () => Promise.resolve(),
  }),
);
