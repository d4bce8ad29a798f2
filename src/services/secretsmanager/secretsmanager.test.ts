import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixedKey } from '../../../test/support/secrets/fixed-key.ts';
import {
  refusesCall,
  SECRETS_SCOPE,
  SecretsUnderTest,
} from '../../../test/support/secrets/secrets-under-test.ts';
import { expireSecrets } from './retention.ts';

const DAY_MS = 86_400_000;
const TOKEN = '01234567-89ab-cdef-0123-456789abcdef';

describe('Secrets Manager', () => {
  it('gives a secret back by its name, its ARN and the ARN without the last characters', async () => {
    const { secrets } = new SecretsUnderTest();
    const made = await secrets.createSecret({
      Name: 'prod/db-main',
      SecretString: 'hunter2',
      Description: 'd',
    });
    const { ARN: arn = '' } = made;
    assert.match(arn, /^arn:aws:secretsmanager:eu-west-1:000000000000:secret:prod\/db-main-\w{6}$/);
    for (const SecretId of ['prod/db-main', arn, arn.slice(0, -7)]) {
      const found = await secrets.getSecretValue({ SecretId });
      assert.equal(found.SecretString, 'hunter2');
      assert.equal(found.VersionId, made.VersionId);
      assert.deepEqual(found.VersionStages, ['AWSCURRENT']);
      assert.equal(found.ARN, arn);
    }
  });

  it('keeps bytes as bytes', async () => {
    const { secrets } = new SecretsUnderTest();
    await secrets.createSecret({ Name: 'bytes', SecretBinary: Buffer.from([0, 255, 10]) });
    const found = await secrets.getSecretValue({ SecretId: 'bytes' });
    assert.deepEqual([...(found.SecretBinary ?? [])], [0, 255, 10]);
    assert.equal(found.SecretString, undefined);
  });

  it('moves the staging labels when a value is put', async () => {
    const { secrets } = new SecretsUnderTest();
    const { VersionId: first } = await secrets.createSecret({ Name: 's', SecretString: 'one' });
    const { VersionId: second } = await secrets.putSecretValue({ SecretId: 's', SecretString: 'two' });
    const { VersionId: third } = await secrets.updateSecret({ SecretId: 's', SecretString: 'three' });
    const pending = await secrets.putSecretValue({
      SecretId: 's',
      SecretString: 'four',
      VersionStages: ['AWSPENDING'],
    });
    const text = async (wanted: object) =>
      (await secrets.getSecretValue({ SecretId: 's', ...wanted })).SecretString;
    assert.equal(await text({}), 'three');
    assert.equal(await text({ VersionStage: 'AWSPREVIOUS' }), 'two');
    assert.equal(await text({ VersionStage: 'AWSPENDING' }), 'four');
    assert.equal(await text({ VersionId: first }), 'one');
    assert.equal(await text({ VersionId: second, VersionStage: 'AWSPREVIOUS' }), 'two');
    const { VersionIdsToStages } = await secrets.describeSecret({ SecretId: 's' });
    assert.deepEqual(VersionIdsToStages, {
      [second ?? '']: ['AWSPREVIOUS'],
      [third ?? '']: ['AWSCURRENT'],
      [pending.VersionId ?? '']: ['AWSPENDING'],
    });
  });

  it('forgets the oldest versions that have no label', async () => {
    const { secrets, store } = new SecretsUnderTest();
    const { VersionId: first } = await secrets.createSecret({ Name: 's', SecretString: '0' });
    for (let index = 1; index <= 22; index += 1) {
      await secrets.putSecretValue({ SecretId: 's', SecretString: String(index) });
    }
    await refusesCall(
      secrets.getSecretValue({ SecretId: 's', VersionId: first }),
      'ResourceNotFoundException',
      `Secrets Manager can't find the specified secret value for VersionId: ${first}`,
    );
    assert.equal((await store.range({ prefix: 'secretsmanager/value/' })).length, 22);
  });

  it('does a request once that comes twice with one token', async () => {
    const { secrets } = new SecretsUnderTest();
    const create = { Name: 's', SecretString: 'one', ClientRequestToken: TOKEN };
    const made = await secrets.createSecret(create);
    assert.equal(made.VersionId, TOKEN);
    assert.deepEqual((await secrets.createSecret(create)).ARN, made.ARN);
    await refusesCall(
      secrets.createSecret({ ...create, SecretString: 'two' }),
      'ResourceExistsException',
      'The operation failed because the secret s already exists.',
    );
    await secrets.putSecretValue({ SecretId: 's', SecretString: 'one', ClientRequestToken: TOKEN });
    await refusesCall(
      secrets.putSecretValue({ SecretId: 's', SecretString: 'two', ClientRequestToken: TOKEN }),
      'ResourceExistsException',
      /^You can't use ClientRequestToken/,
    );
    const { VersionIdsToStages } = await secrets.describeSecret({ SecretId: 's' });
    assert.deepEqual(VersionIdsToStages, { [TOKEN]: ['AWSCURRENT'] });
  });

  it('says what is not there, and what may not be asked', async () => {
    const { secrets } = new SecretsUnderTest();
    const missing = "Secrets Manager can't find the specified secret.";
    for (const SecretId of [
      'none',
      'arn:aws:secretsmanager:eu-west-1:000000000000:secret:none-AbCdEf',
      'é',
    ]) {
      await refusesCall(secrets.getSecretValue({ SecretId }), 'ResourceNotFoundException', missing);
    }
    const foreign = 'arn:aws:secretsmanager:eu-west-1:111111111111:secret:x-AbCdEf';
    await refusesCall(
      secrets.getSecretValue({ SecretId: foreign }),
      'AccessDeniedException',
      `User: arn:aws:iam::000000000000:root is not authorized to perform: secretsmanager:GetSecretValue on resource: ${foreign} because no resource-based policy allows the secretsmanager:GetSecretValue action`,
    );
    const { VersionId } = await secrets.createSecret({ Name: 's', SecretString: 'one' });
    await refusesCall(
      secrets.getSecretValue({ SecretId: 's', VersionStage: 'OTHER' }),
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: OTHER",
    );
    await refusesCall(
      secrets.getSecretValue({ SecretId: 's', VersionId, VersionStage: 'AWSPREVIOUS' }),
      'InvalidRequestException',
    );
    await secrets.createSecret({ Name: 'empty' });
    await refusesCall(
      secrets.getSecretValue({ SecretId: 'empty' }),
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
  });

  it('refuses names and values that AWS refuses', async () => {
    const { secrets } = new SecretsUnderTest();
    await refusesCall(secrets.createSecret({ Name: 'a b' }), 'ValidationException', /^Invalid name/);
    const both = { Name: 'a', SecretString: 'x', SecretBinary: Buffer.from('x') };
    await refusesCall(secrets.createSecret(both), 'InvalidParameterException', /can't specify both/);
    const long = { Name: 'a', SecretString: 'x'.repeat(65_537) };
    await refusesCall(secrets.createSecret(long), 'InvalidParameterException');
    await refusesCall(
      secrets.createSecret({ Name: 'a', ClientRequestToken: 'short' }),
      'InvalidParameterException',
    );
    await refusesCall(secrets.putSecretValue({ SecretId: 'a' }), 'InvalidParameterException');
  });

  it('keeps a deleted secret for its time, and gives it back when asked', async () => {
    const { secrets, clock, store } = new SecretsUnderTest();
    await secrets.createSecret({ Name: 's', SecretString: 'one' });
    const { DeletionDate } = await secrets.deleteSecret({ SecretId: 's', RecoveryWindowInDays: 7 });
    assert.equal(DeletionDate?.getTime(), clock.now() + 7 * DAY_MS);
    const marked = /marked for deletion/;
    await refusesCall(secrets.getSecretValue({ SecretId: 's' }), 'InvalidRequestException', marked);
    await refusesCall(
      secrets.createSecret({ Name: 's' }),
      'InvalidRequestException',
      /scheduled for deletion/,
    );
    assert.ok((await secrets.describeSecret({ SecretId: 's' })).DeletedDate !== undefined);
    await secrets.restoreSecret({ SecretId: 's' });
    assert.equal((await secrets.getSecretValue({ SecretId: 's' })).SecretString, 'one');
    await secrets.deleteSecret({ SecretId: 's', RecoveryWindowInDays: 7 });
    clock.advance(7 * DAY_MS);
    await refusesCall(secrets.describeSecret({ SecretId: 's' }), 'ResourceNotFoundException');
    await expireSecrets({ store }, clock.now());
    assert.deepEqual(await store.range({ prefix: '' }), []);
  });

  it('deletes at once when forced, however often', async () => {
    const { secrets, store } = new SecretsUnderTest();
    await secrets.createSecret({ Name: 's', SecretString: 'one' });
    const forced = { SecretId: 's', ForceDeleteWithoutRecovery: true };
    await refusesCall(
      secrets.deleteSecret({ ...forced, RecoveryWindowInDays: 7 }),
      'InvalidParameterException',
    );
    await secrets.deleteSecret(forced);
    await secrets.deleteSecret(forced);
    assert.deepEqual(await store.range({ prefix: '' }), []);
  });

  it('lists secrets by filter and page, each account and region its own', async () => {
    const { secrets, clientsOf } = bound(new SecretsUnderTest());
    for (const Name of ['a1', 'a2', 'a3', 'b1']) await secrets.createSecret({ Name, SecretString: 'x' });
    await secrets.updateSecret({ SecretId: 'b1', Description: 'the last' });
    const Filters = [{ Key: 'name' as const, Values: ['a'] }];
    const one = await secrets.listSecrets({ Filters, MaxResults: 2 });
    assert.deepEqual(
      one.SecretList?.map(({ Name }) => Name),
      ['a1', 'a2'],
    );
    const two = await secrets.listSecrets({ Filters, MaxResults: 2, NextToken: one.NextToken });
    assert.deepEqual(
      two.SecretList?.map(({ Name }) => Name),
      ['a3'],
    );
    assert.equal(two.NextToken, undefined);
    await refusesCall(secrets.listSecrets({ NextToken: one.NextToken }), 'InvalidNextTokenException');
    const described = await secrets.listSecrets({ Filters: [{ Key: 'description', Values: ['the'] }] });
    assert.deepEqual(
      described.SecretList?.map(({ Name }) => Name),
      ['b1'],
    );
    for (const scope of [
      { ...SECRETS_SCOPE, account: '111111111111' },
      { ...SECRETS_SCOPE, region: 'us-east-1' },
    ]) {
      assert.deepEqual((await clientsOf(scope).secrets.listSecrets({})).SecretList, []);
    }
  });

  it('keeps tags, and has no policy', async () => {
    const { secrets } = new SecretsUnderTest();
    const tag = (Key: string, Value: string) => ({ Key, Value });
    await secrets.createSecret({ Name: 's', SecretString: 'x', Tags: [tag('a', '1'), tag('b', '2')] });
    await secrets.tagResource({ SecretId: 's', Tags: [tag('a', '3'), tag('c', '4')] });
    await secrets.untagResource({ SecretId: 's', TagKeys: ['b', 'none'] });
    const { Tags, ARN } = await secrets.describeSecret({ SecretId: 's' });
    assert.deepEqual(Tags, [tag('a', '3'), tag('c', '4')]);
    assert.equal((await secrets.getSecretValue({ SecretId: 's' })).SecretString, 'x');
    const policy = await secrets.getResourcePolicy({ SecretId: 's' });
    assert.deepEqual([policy.ARN, policy.ResourcePolicy], [ARN, undefined]);
    await refusesCall(
      secrets.tagResource({ SecretId: 's', Tags: [tag('aws:x', '1')] }),
      'InvalidParameterException',
    );
    await refusesCall(secrets.tagResource({ SecretId: 'none', Tags: [] }), 'ResourceNotFoundException');
  });

  it('keeps policies of secrets', async () => {
    const { secrets } = new SecretsUnderTest();
    await secrets.createSecret({ Name: 's', SecretString: 'x' });
    const policyOf = (over: object): string =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:*', Resource: '*', ...over },
      });
    const put = (ResourcePolicy: string, BlockPublicPolicy = false) =>
      secrets.putResourcePolicy({ SecretId: 's', ResourcePolicy, BlockPublicPolicy });
    await put(policyOf({}));
    assert.equal((await secrets.getResourcePolicy({ SecretId: 's' })).ResourcePolicy, policyOf({}));
    const role = { Principal: { AWS: 'arn:aws:iam::000000000000:role/app' } };
    await put(policyOf(role), true);
    await refusesCall(put(policyOf({}), true), 'PublicPolicyException');
    for (const bad of ['{', policyOf({ Principal: undefined }), policyOf({ Resource: undefined })]) {
      await refusesCall(put(bad), 'MalformedPolicyDocumentException');
    }
    await refusesCall(
      secrets.putResourcePolicy({ SecretId: 'none', ResourcePolicy: policyOf({}) }),
      'ResourceNotFoundException',
    );
    assert.equal((await secrets.getResourcePolicy({ SecretId: 's' })).ResourcePolicy, policyOf(role));
    await secrets.deleteResourcePolicy({ SecretId: 's' });
    assert.equal((await secrets.getResourcePolicy({ SecretId: 's' })).ResourcePolicy, undefined);
  });

  it('shows no value in the store, in a log or in a refusal', async () => {
    const under = new SecretsUnderTest();
    const { secrets } = under;
    await secrets.createSecret({ Name: 's', SecretString: 'hunter2', ClientRequestToken: TOKEN });
    await refusesCall(
      secrets.createSecret({ Name: 's', SecretString: 'hunter2' }),
      'ResourceExistsException',
    );
    await refusesCall(
      secrets.putSecretValue({ SecretId: 's', SecretString: 'hunter3', ClientRequestToken: TOKEN }),
      'ResourceExistsException',
      /^(?!.*hunter)/,
    );
    const seen = `${await under.stored()} ${JSON.stringify(under.logged)}`;
    assert.doesNotMatch(seen, /hunter/);
    assert.doesNotMatch(seen, new RegExp(Buffer.from('hunter2').toString('base64').slice(0, 8)));
  });

  it('moves labels from one version to another, AWSCURRENT leaving AWSPREVIOUS behind', async () => {
    const { secrets } = new SecretsUnderTest();
    const first = (await secrets.createSecret({ Name: 's', SecretString: 'one' })).VersionId ?? '';
    const pending = { SecretId: 's', SecretString: 'two', VersionStages: ['AWSPENDING'] };
    const second = (await secrets.putSecretValue(pending)).VersionId ?? '';
    const move = (VersionStage: string, from?: string, to?: string) =>
      secrets.updateSecretVersionStage({
        ...{ SecretId: 's', VersionStage, RemoveFromVersionId: from, MoveToVersionId: to },
      });
    await refusesCall(move('AWSCURRENT', undefined, second), 'InvalidParameterException', new RegExp(first));
    await refusesCall(move('AWSCURRENT', second, second), 'InvalidParameterException');
    await refusesCall(move('AWSCURRENT', first), 'InvalidParameterException');
    await refusesCall(move('AWSCURRENT', first, TOKEN), 'ResourceNotFoundException');
    await move('AWSCURRENT', first, second);
    assert.equal((await secrets.getSecretValue({ SecretId: 's' })).SecretString, 'two');
    const previous = { SecretId: 's', VersionStage: 'AWSPREVIOUS' };
    assert.equal((await secrets.getSecretValue(previous)).SecretString, 'one');
    await move('AWSPENDING', second);
    await move('mine', undefined, first);
    const { Versions = [] } = await secrets.listSecretVersionIds({ SecretId: 's' });
    assert.deepEqual(
      Versions.map(({ VersionId, VersionStages }) => [VersionId, VersionStages]),
      [
        [first, ['AWSPREVIOUS', 'mine']],
        [second, ['AWSCURRENT']],
      ],
    );
    await move('AWSPREVIOUS', first);
    await move('mine', first);
    const named = async (IncludeDeprecated: boolean) => {
      const answer = await secrets.listSecretVersionIds({ SecretId: 's', IncludeDeprecated });
      return answer.Versions?.map(({ VersionId }) => VersionId);
    };
    assert.deepEqual([await named(false), await named(true)], [[second], [first, second]]);
  });

  it('says that a value cannot be decrypted where its key is another, and takes new ones', async () => {
    const under = new SecretsUnderTest();
    await under.secrets.createSecret({ Name: 'db', SecretString: 'hunter2' });
    under.key = fixedKey(2);
    await refusesCall(under.secrets.getSecretValue({ SecretId: 'db' }), 'DecryptionFailure');
    await under.secrets.putSecretValue({ SecretId: 'db', SecretString: 'hunter3' });
    assert.equal((await under.secrets.getSecretValue({ SecretId: 'db' })).SecretString, 'hunter3');
  });
});

function bound(under: SecretsUnderTest) {
  return { secrets: under.secrets, clientsOf: under.clientsOf.bind(under) };
}
