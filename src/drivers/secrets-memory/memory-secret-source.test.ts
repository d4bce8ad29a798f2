import { describeSecretSource, SUITE_REGION } from '../../ports/testing/secret-source-suite.ts';
import { MemorySecretSource } from './memory-secret-source.ts';

describeSecretSource('SecretSource: MemorySecretSource', async (contents) => ({
  source: new MemorySecretSource(contents),
  context: { region: SUITE_REGION, credentials: () => Promise.reject(new Error('not needed')) },
  close: async () => undefined,
}));
