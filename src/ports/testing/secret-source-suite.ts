/** What every source of secrets does, whatever it is made of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../../domain/errors.ts';
import type { SecretAccess, SecretQuery, SecretSource } from '../secret-source.ts';

export interface SecretSourceHarness {
  /** A source with these values; keys are ids as queries name them. */
  open(values: Readonly<Record<string, string>>): Promise<SecretSource>;
}

const REGION = 'eu-west-1';
const SECRET = `arn:aws:secretsmanager:${REGION}:111122223333:secret:db-a1B2c3`;
const PARAMETER = `arn:aws:ssm:${REGION}:111122223333:parameter/app/key`;
const VALUES = { [SECRET]: '{"user":"u"}', [PARAMETER]: 'by arn', plain: 'by name' };

const access = (signal = new AbortController().signal): SecretAccess => ({
  credentials: () => Promise.reject(new Error('none are needed')),
  signal,
});

/** Runs the suite as test cases under `name`. */
export function describeSecretSource(name: string, harness: SecretSourceHarness): void {
  describe(name, () => {
    const get = async (query: Partial<SecretQuery>, signal?: AbortSignal): Promise<string> => {
      const source = await harness.open(VALUES);
      return source.get({ service: 'secretsmanager', id: SECRET, region: REGION, ...query }, access(signal));
    };

    it('gives secrets and parameters, by ARN and by name', async () => {
      assert.equal(await get({}), '{"user":"u"}');
      assert.equal(await get({ service: 'ssm', id: PARAMETER }), 'by arn');
      assert.equal(await get({ service: 'ssm', id: 'plain' }), 'by name');
    });

    it('gives the current version by its stage', async () => {
      assert.equal(await get({ versionStage: 'AWSCURRENT' }), '{"user":"u"}');
    });

    it('says not-found for what is not there, also versions and stages', async () => {
      for (const query of [
        { id: `${SECRET}x` },
        { service: 'ssm' as const, id: 'nothing' },
        { versionId: 'v' },
        { versionStage: 'AWSPREVIOUS' },
      ]) {
        await assert.rejects(get(query), (error) => hasKind(error, 'not-found'));
      }
    });

    it('gives nothing to who has given up', async () => {
      await assert.rejects(get({}, AbortSignal.abort()), (error) => hasKind(error, 'aborted'));
    });
  });
}
