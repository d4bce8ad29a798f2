import { describeSecretSource } from '../../ports/testing/secret-source-suite.ts';
import { MemorySecretSource } from './memory-secret-source.ts';

describeSecretSource('MemorySecretSource', {
  open: (values) => Promise.resolve(new MemorySecretSource(values)),
});
