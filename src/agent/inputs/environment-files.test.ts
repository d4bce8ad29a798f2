import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anAssignment } from '../../../test/support/agent/assignments.ts';
import { AppError, toAppError } from '../../domain/errors.ts';
import { MemoryObjectSource } from '../../drivers/objects-memory/memory-object-source.ts';
import type { Clock } from '../../ports/clock.ts';
import { type EnvironmentOfFiles, fetchEnvironmentFiles } from './environment-files.ts';

const file = (name: string) => ({ type: 's3', value: `arn:aws:s3:::config/${name}` });
/** Retries do not wait, deadlines never come. */
const instantly: Clock = {
  now: () => 0,
  sleep: (ms) => (ms < 10_000 ? Promise.resolve() : new Promise(() => undefined)),
};

async function fetch(source: MemoryObjectSource, ...files: string[][]): Promise<EnvironmentOfFiles> {
  const containers = files.map((names, index) =>
    aContainer(`c${index}`, { environmentFiles: names.map(file) }),
  );
  const network = { dialer: () => ({ connect: () => Promise.reject(new Error('not dialled')) }) };
  const { signal } = new AbortController();
  return fetchEnvironmentFiles(anAssignment(containers), { source, network, clock: instantly }, signal);
}

const failure = (source: MemoryObjectSource): Promise<string> =>
  fetch(source, ['a.env']).then(
    () => assert.fail('it did not fail'),
    (error: unknown) => toAppError(error).message,
  );

describe('The environment files of a task', () => {
  it('are fetched once each, and merged for each container in its own order', async () => {
    const source = new MemoryObjectSource({ 'config/a.env': 'X=a\nY=a', 'config/b.env': 'X=b\nZ=b' });
    const variables = await fetch(source, ['a.env', 'b.env'], ['b.env', 'a.env'], []);
    assert.deepEqual(Object.fromEntries((variables.get('c0') ?? []).map((v) => [v.name, v.value])), {
      X: 'a',
      Y: 'a',
      Z: 'b',
    });
    assert.equal(variables.get('c1')?.find(({ name }) => name === 'X')?.value, 'b');
    assert.deepEqual(variables.get('c2'), []);
    assert.equal(source.queries.length, 2);
  });

  it('fail with the words of the service', async () => {
    assert.equal(
      await failure(new MemoryObjectSource({})),
      'failed to download env files: file download command: non empty error stream: unable to download env file arn:aws:s3:::config/a.env, error: NoSuchKey: The specified key does not exist.',
    );
  });

  it('say that there is a connection issue when the service does not answer', async () => {
    const source = new MemoryObjectSource({ 'config/a.env': new AppError('unavailable', 'i/o timeout') });
    assert.equal(
      await failure(source),
      "The task can't download the environment variable files from Amazon S3. There is a connection issue between the task and Amazon S3. Check your task network configuration. i/o timeout",
    );
    assert.equal(source.queries.length, 3, 'it was tried again');
  });
});
