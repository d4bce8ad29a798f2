import { describeObjectSource } from '../../ports/testing/object-source-suite.ts';
import { MemoryObjectSource } from './memory-object-source.ts';

describeObjectSource('ObjectSource: MemoryObjectSource', async (buckets) => ({
  source: new MemoryObjectSource(buckets),
  access: {
    dialer: { connect: () => Promise.reject(new Error('memory needs no network')) },
    signal: new AbortController().signal,
  },
  close: async () => undefined,
}));
