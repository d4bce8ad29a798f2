import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { AppError } from '../../domain/errors.ts';
import type { SecretContext } from '../../ports/secret-source.ts';
import { describeSecretSource, SUITE_REGION } from '../../ports/testing/secret-source-suite.ts';
import { FileSecretSource } from './file-secret-source.ts';

const directory = mkdtempSync(join(tmpdir(), 'neargate-secrets-'));
const CONTEXT: SecretContext = {
  region: SUITE_REGION,
  credentials: () => assert.fail('a file needs no credentials'),
};

function fileOf(content: unknown): string {
  const path = join(directory, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
}

function value(content: unknown, secretId: string, version = {}): Promise<string> {
  return new FileSecretSource(fileOf(content)).secretValue({ secretId, ...version }, CONTEXT);
}

async function parameter(content: unknown, name: string): Promise<string | undefined> {
  const { values } = await new FileSecretSource(fileOf(content)).parameters([name], CONTEXT);
  return values.get(name);
}

describeSecretSource('SecretSource: FileSecretSource', async ({ secrets, parameters }) => ({
  source: new FileSecretSource(fileOf({ ...secrets, ...parameters })),
  context: CONTEXT,
  close: async () => undefined,
}));

describe('the file of secrets', () => {
  after(() => rmSync(directory, { recursive: true }));
  const ARN = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:prod/db-AbCdEf';
  const PARAMETER = 'arn:aws:ssm:eu-west-1:111111111111:parameter/app/key';

  it('may hold objects, whose JSON is the text', async () => {
    assert.equal(await value({ [ARN]: { user: 'app', ports: [1] } }, ARN), '{"user":"app","ports":[1]}');
  });

  it('finds a secret by ARN under its name, with and without what AWS adds to it', async () => {
    assert.equal(await value({ 'prod/db': 'x' }, ARN), 'x');
    assert.equal(await value({ 'prod/db-AbCdEf': 'x' }, ARN), 'x');
    assert.equal(await value({ 'prod/db': 'name', [ARN]: 'arn' }, ARN), 'arn');
  });

  it('finds a secret by name under an ARN of the region', async () => {
    assert.equal(await value({ [ARN]: 'x' }, 'prod/db'), 'x');
    const elsewhere = ARN.replace('eu-west-1', 'eu-west-2');
    await assert.rejects(value({ [elsewhere]: 'x' }, 'prod/db'), { kind: 'not-found' });
  });

  it('does not take the ARN of one secret for that of another of the same name', async () => {
    await assert.rejects(value({ [ARN]: 'x' }, ARN.replace('AbCdEf', 'XyZxYz')), { kind: 'not-found' });
  });

  it('may hold versions', async () => {
    const file = { 'prod/db': 'now', 'prod/db::AWSPREVIOUS:': 'before', [`${ARN}:::v1`]: 'first' };
    assert.equal(await value(file, ARN, { versionStage: 'AWSPREVIOUS' }), 'before');
    assert.equal(await value(file, ARN, { versionId: 'v1' }), 'first');
    assert.equal(await value(file, 'prod/db', { versionId: 'v1' }), 'first');
    await assert.rejects(value(file, ARN, { versionId: 'v2' }), {
      kind: 'not-found',
      message: "Secrets Manager can't find the specified secret value for VersionId: v2",
    });
  });

  it('finds parameters by name and ARN under either', async () => {
    assert.equal(await parameter({ '/app/key': 'x' }, PARAMETER), 'x');
    assert.equal(await parameter({ [PARAMETER]: 'x' }, '/app/key'), 'x');
    assert.equal(await parameter({ key: 'x' }, PARAMETER.replace('app/', '')), 'x');
    assert.equal(await parameter({ [PARAMETER.replace('west', 'north')]: 'x' }, '/app/key'), undefined);
    assert.equal(await parameter({}, 'toString'), undefined);
  });

  it('counts as it is when a value is asked for', async () => {
    const path = fileOf({ a: '1' });
    const source = new FileSecretSource(path);
    assert.equal(await source.secretValue({ secretId: 'a' }, CONTEXT), '1');
    writeFileSync(path, '{"a": "2"}');
    assert.equal(await source.secretValue({ secretId: 'a' }, CONTEXT), '2');
  });

  it('is refused while others may read it', async () => {
    const path = fileOf({ a: '1' });
    await chmod(path, 0o644);
    await assert.rejects(new FileSecretSource(path).secretValue({ secretId: 'a' }, CONTEXT), {
      kind: 'failed-precondition',
      message: `${path} is open to others (mode 0644): run chmod 600 ${path}`,
    });
  });

  it('is missed in other words than a secret is', async () => {
    const path = join(directory, 'none');
    await assert.rejects(new FileSecretSource(path).secretValue({ secretId: 'a' }, CONTEXT), {
      kind: 'failed-precondition',
      message: `the file of secrets ${path} is not there`,
    });
  });

  const broken: { name: string; text: string; message: RegExp }[] = [
    { name: 'broken JSON', text: '{\n"a": "hunter2"\n"b": 1}', message: /holds no JSON( \(line 3\))?$/ },
    { name: 'a text', text: '"hunter2"', message: /does not hold a JSON object$/ },
    { name: 'a list', text: '["hunter2"]', message: /does not hold a JSON object$/ },
    { name: 'a number', text: '{"a": 5}', message: /^a in .* must be a text or an object$/ },
    { name: 'null', text: '{"a": null}', message: /^a in .* must be a text or an object$/ },
  ];
  for (const { name, text, message } of broken) {
    it(`is refused with ${name}, without a word of it`, async () => {
      await assert.rejects(value(text, 'a'), (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.kind, 'invalid');
        assert.match(error.message, message);
        assert.equal(error.cause, undefined);
        assert.doesNotMatch(String(error.stack), /hunter2/);
        return true;
      });
    });
  }
});
