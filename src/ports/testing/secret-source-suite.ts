/** What every SecretSource does. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import { MOST_PARAMETERS, type SecretContext, type SecretSource } from '../secret-source.ts';

export interface SecretSourceHarness {
  readonly source: SecretSource;
  readonly context: SecretContext;
  close(): Promise<void>;
}

/** What the harness puts there before the suite runs, in the region of its context. */
export interface SecretContents {
  /** By ARN. */
  readonly secrets: Readonly<Record<string, string>>;
  /** By name. */
  readonly parameters: Readonly<Record<string, string>>;
}

export const SUITE_REGION = 'eu-west-1';
const SECRET = arnOf('suite/db-AbCdEf');
const UNKNOWN = arnOf('suite/none-AbCdEf');
const JSON_TEXT = '{"username": "app", "password": "p\\u00e4ss"}';

const CONTENTS: SecretContents = {
  secrets: { [SECRET]: JSON_TEXT, [arnOf('suite/lines-AbCdEf')]: 'two\nlines \n' },
  parameters: { '/suite/a': 'A', '/suite/b': '', 'suite-c': 'ÄÖÜ' },
};

/** Runs the suite as test cases under `name`. */
export function describeSecretSource(
  name: string,
  start: (contents: SecretContents) => Promise<SecretSourceHarness>,
): void {
  describe(name, () => {
    let harness: SecretSourceHarness;
    before(async () => {
      harness = await start(CONTENTS);
    });
    after(() => harness?.close());
    describeSecrets(() => harness);
    describeParameters(() => harness);

    it('says aborted when the signal has fired', async () => {
      const context = { ...harness.context, signal: AbortSignal.abort() };
      await fails(harness.source.secretValue({ secretId: SECRET }, context), 'aborted');
      await fails(harness.source.parameters(['/suite/a'], context), 'aborted');
    });
  });
}

function describeSecrets(harness: () => SecretSourceHarness): void {
  const value = (version: { secretId: string; versionStage?: string; versionId?: string }) =>
    harness().source.secretValue(version, harness().context);

  it('gives the text of a secret as it is', async () => {
    assert.equal(await value({ secretId: SECRET }), JSON_TEXT);
    assert.equal(await value({ secretId: arnOf('suite/lines-AbCdEf') }), 'two\nlines \n');
  });

  it('finds a secret by its name', async () => {
    assert.equal(await value({ secretId: 'suite/db' }), JSON_TEXT);
  });

  it('gives the current version when that is asked for', async () => {
    assert.equal(await value({ secretId: SECRET, versionStage: 'AWSCURRENT' }), JSON_TEXT);
  });

  it('says not-found for a secret and for a version that are not there', async () => {
    for (const version of [
      { secretId: UNKNOWN },
      { secretId: 'suite/none' },
      { secretId: SECRET, versionStage: 'AWSPREVIOUS' },
      { secretId: SECRET, versionId: '9d4cb84b-ad69-40c0-a0ab-cead36b967e8' },
    ]) {
      const { details } = await fails(value(version), 'not-found');
      assert.equal(details['awsCode'], 'ResourceNotFoundException');
    }
  });

  it('has no value in what it throws', async () => {
    const error = await fails(value({ secretId: SECRET, versionStage: 'AWSPREVIOUS' }), 'not-found');
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error.details)}`, /p(ä|\\u00e4)ss/);
  });
}

function describeParameters(harness: () => SecretSourceHarness): void {
  const parameters = (names: readonly string[]) => harness().source.parameters(names, harness().context);

  it('gives the values of several parameters by the names that were asked for', async () => {
    const { values, invalid } = await parameters(['/suite/b', 'suite-c', '/suite/a']);
    assert.deepEqual(Object.fromEntries(values), { '/suite/a': 'A', '/suite/b': '', 'suite-c': 'ÄÖÜ' });
    assert.deepEqual(invalid, []);
  });

  it('finds parameters by their ARNs', async () => {
    const [a, c] = ['parameter/suite/a', 'parameter/suite-c'].map(
      (resource) => `arn:aws:ssm:${SUITE_REGION}:000000000000:${resource}`,
    );
    const { values } = await parameters([a ?? '', c ?? '']);
    assert.deepEqual(Object.fromEntries(values), { [a ?? '']: 'A', [c ?? '']: 'ÄÖÜ' });
  });

  it('names the parameters that are not there, and gives the others', async () => {
    const { values, invalid } = await parameters(['/suite/z', '/suite/a', '/suite/y']);
    assert.deepEqual(Object.fromEntries(values), { '/suite/a': 'A' });
    assert.deepEqual(invalid, ['/suite/z', '/suite/y']);
  });

  it('takes ten names at once, not more', async () => {
    const names = Array.from({ length: MOST_PARAMETERS }, (_, index) => `/suite/n${index}`);
    assert.equal((await parameters(names)).invalid.length, MOST_PARAMETERS);
    await fails(parameters([...names, '/suite/a']), 'invalid');
  });
}

function arnOf(name: string): string {
  return `arn:aws:secretsmanager:${SUITE_REGION}:000000000000:secret:${name}`;
}

async function fails(work: Promise<unknown>, kind: string): Promise<AppError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.kind, kind);
    return error;
  }
  return assert.fail(`it did not fail with ${kind}`);
}
