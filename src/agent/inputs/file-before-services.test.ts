import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import { MemorySecretSource } from '../../drivers/secrets-memory/memory-secret-source.ts';
import { describeSecretSource, SUITE_REGION } from '../../ports/testing/secret-source-suite.ts';
import type { SecretContext } from '../../ports/secret-source.ts';
import { FileBeforeServices } from './file-before-services.ts';

const arn = (name: string): string => `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${name}-AbCdEf`;
const CONTEXT: SecretContext = {
  region: SUITE_REGION,
  credentials: () => Promise.reject(new Error('not needed')),
};

describeSecretSource('SecretSource: FileBeforeServices', async (contents) => ({
  source: new FileBeforeServices(new MemorySecretSource({}), new MemorySecretSource(contents)),
  context: CONTEXT,
  close: async () => undefined,
}));

describe('a file of secrets before the services', () => {
  it('wins for what it has; the services are asked for the rest only', async () => {
    const file = new MemorySecretSource({
      secrets: { [arn('both')]: 'file' },
      parameters: { '/both': 'file' },
    });
    const services = new MemorySecretSource({
      secrets: { [arn('both')]: 'service', [arn('one')]: 'service' },
      parameters: { '/both': 'service', '/one': 'service' },
    });
    const source = new FileBeforeServices(file, services);
    assert.equal(await source.secretValue({ secretId: arn('both') }, CONTEXT), 'file');
    assert.equal(services.asked.length, 0);
    assert.equal(await source.secretValue({ secretId: arn('one') }, CONTEXT), 'service');
    const { values, invalid } = await source.parameters(['/both', '/one', '/none'], CONTEXT);
    assert.deepEqual(Object.fromEntries(values), { '/both': 'file', '/one': 'service' });
    assert.deepEqual(invalid, ['/none']);
    assert.equal(services.asked.at(-1)?.what, '/one,/none');
    await source.parameters(['/both'], CONTEXT);
    assert.equal(services.asked.length, 2);
  });

  it('that is not in order fails, and is not passed over', async () => {
    const broken = new MemorySecretSource({}, () => {
      throw new AppError('failed-precondition', 'anybody may read it');
    });
    const source = new FileBeforeServices(broken, new MemorySecretSource({ parameters: { '/a': 'A' } }));
    await assert.rejects(source.secretValue({ secretId: arn('a') }, CONTEXT), {
      kind: 'failed-precondition',
    });
    await assert.rejects(source.parameters(['/a'], CONTEXT), { kind: 'failed-precondition' });
  });
});
