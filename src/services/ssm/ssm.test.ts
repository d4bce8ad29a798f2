import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fixedKey } from '../../../test/support/secrets/fixed-key.ts';
import {
  refusesCall,
  SECRETS_SCOPE,
  SecretsUnderTest,
} from '../../../test/support/secrets/secrets-under-test.ts';

describe('The Parameter Store', () => {
  it('gives parameters back by name and by ARN', async () => {
    const { ssm } = new SecretsUnderTest();
    const put = await ssm.putParameter({ Name: '/app/token', Type: 'SecureString', Value: 'hunter2' });
    assert.deepEqual([put.Version, put.Tier], [1, 'Standard']);
    await ssm.putParameter({ Name: 'plain', Type: 'String', Value: 'p' });
    const arn = 'arn:aws:ssm:eu-west-1:000000000000:parameter/app/token';
    for (const Name of ['/app/token', arn, '/app/token:1']) {
      const { Parameter: found } = await ssm.getParameter({ Name, WithDecryption: true });
      assert.equal(found?.Value, 'hunter2');
      assert.equal(found.ARN, arn);
      assert.equal(found.Name, '/app/token');
    }
    const plain = await ssm.getParameter({ Name: 'arn:aws:ssm:eu-west-1:000000000000:parameter/plain' });
    assert.equal(plain.Parameter?.Value, 'p');
  });

  it('decrypts a SecureString only when asked', async () => {
    const { ssm } = new SecretsUnderTest();
    await ssm.putParameter({ Name: 's', Type: 'SecureString', Value: 'hunter2' });
    const { Parameter: closed } = await ssm.getParameter({ Name: 's' });
    assert.doesNotMatch(closed?.Value ?? 'hunter2', /hunter2/);
    assert.equal((await ssm.describeParameters({})).Parameters?.[0]?.KeyId, 'alias/aws/ssm');
  });

  it('answers many at once, and names those that are not there', async () => {
    const { ssm } = new SecretsUnderTest();
    await ssm.putParameter({ Name: '/a', Type: 'String', Value: 'A' });
    await ssm.putParameter({ Name: '/b', Type: 'StringList', Value: 'B,C' });
    const found = await ssm.getParameters({ Names: ['/a', '/none', '/b', '/a:9', 'é'] });
    assert.deepEqual(
      found.Parameters?.map(({ Name, Value }) => [Name, Value]),
      [
        ['/a', 'A'],
        ['/b', 'B,C'],
      ],
    );
    assert.deepEqual(found.InvalidParameters, ['/none', '/a:9', 'é']);
    await refusesCall(
      ssm.getParameters({ Names: Array.from({ length: 11 }, (_, index) => `n${index}`) }),
      'ValidationException',
    );
    await refusesCall(ssm.getParameter({ Name: '/none' }), 'ParameterNotFound');
    const foreign = 'arn:aws:ssm:eu-west-1:111111111111:parameter/a';
    await refusesCall(
      ssm.getParameters({ Names: [foreign] }),
      'AccessDeniedException',
      /is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111111111111/,
    );
  });

  it('overwrites only when asked, as a new version of the same type', async () => {
    const { ssm } = new SecretsUnderTest();
    await ssm.putParameter({ Name: '/a', Type: 'String', Value: 'A', Description: 'd' });
    const again = { Name: '/a', Value: 'B' };
    await refusesCall(ssm.putParameter({ ...again, Type: 'String' }), 'ParameterAlreadyExists');
    assert.equal((await ssm.putParameter({ ...again, Overwrite: true })).Version, 2);
    const { Parameter: found } = await ssm.getParameter({ Name: '/a' });
    assert.deepEqual([found?.Value, found?.Version, found?.Type], ['B', 2, 'String']);
    assert.equal((await ssm.describeParameters({})).Parameters?.[0]?.Description, 'd');
    await refusesCall(
      ssm.putParameter({ ...again, Type: 'SecureString', Overwrite: true }),
      'HierarchyTypeMismatchException',
    );
    await refusesCall(
      ssm.putParameter({ ...again, Overwrite: true, Tags: [{ Key: 'k', Value: 'v' }] }),
      'ValidationException',
    );
    await refusesCall(ssm.getParameter({ Name: '/a:3' }), 'ParameterVersionNotFound');
  });

  it('refuses names and values that AWS refuses', async () => {
    const { ssm } = new SecretsUnderTest();
    const put = (Name: string, more: object = {}) =>
      ssm.putParameter({ Name, Value: 'v', Type: 'String', ...more });
    for (const name of ['a b', 'a/b', '/ssm/x', 'AwsThing', '/a//b', '']) {
      await refusesCall(put(name), 'ValidationException');
    }
    await refusesCall(
      put(`/${Array.from({ length: 16 }, () => 'x').join('/')}`),
      'HierarchyLevelLimitExceededException',
    );
    await refusesCall(put('a', { Type: undefined }), 'ValidationException');
    await refusesCall(put('a', { Type: 'Other' }), 'UnsupportedParameterType');
    await refusesCall(put('a', { Value: 'x'.repeat(4097) }), 'ValidationException', /4096/);
    assert.equal((await put('a', { Value: 'x'.repeat(4097), Tier: 'Advanced' })).Tier, 'Advanced');
    await refusesCall(put('b', { AllowedPattern: '^a$' }), 'ValidationException', /AllowedPattern/);
  });

  it('lists by path, filter and page, each account its own', async () => {
    const under = new SecretsUnderTest();
    const { ssm } = under;
    for (const Name of ['/a/x', '/a/y', '/a/b/z', '/ab', 'top']) {
      await ssm.putParameter({ Name, Type: 'String', Value: Name });
    }
    const names = (list: readonly { Name?: string | undefined }[] = []) => list.map(({ Name }) => Name);
    const below = (more: object) => ssm.getParametersByPath({ Path: '/a', ...more });
    assert.deepEqual(names((await below({})).Parameters), ['/a/x', '/a/y']);
    assert.deepEqual(names((await below({ Recursive: true })).Parameters), ['/a/b/z', '/a/x', '/a/y']);
    const page = await below({ Recursive: true, MaxResults: 2 });
    assert.deepEqual(names(page.Parameters), ['/a/b/z', '/a/x']);
    const rest = await below({ Recursive: true, MaxResults: 2, NextToken: page.NextToken });
    assert.deepEqual(names(rest.Parameters), ['/a/y']);
    await refusesCall(ssm.describeParameters({ NextToken: page.NextToken }), 'InvalidNextToken');
    const filtered = async (filter: { Key: string; Option?: string; Values: string[] }) =>
      names((await ssm.describeParameters({ ParameterFilters: [filter] })).Parameters);
    assert.deepEqual(await filtered({ Key: 'Name', Option: 'Contains', Values: ['b'] }), ['/a/b/z', '/ab']);
    assert.deepEqual(await filtered({ Key: 'Path', Values: ['/'] }), ['/ab']);
    await refusesCall(filtered({ Key: 'Nope', Values: ['x'] }), 'InvalidFilterKey');
    await refusesCall(filtered({ Key: 'Name', Option: 'Nope', Values: ['x'] }), 'InvalidFilterOption');
    const other = under.clientsOf({ ...SECRETS_SCOPE, account: '111111111111' });
    assert.deepEqual((await other.ssm.describeParameters({})).Parameters, []);
  });

  it('keeps tags, and finds parameters by them', async () => {
    const { ssm } = new SecretsUnderTest();
    const tag = (Key: string, Value: string) => ({ Key, Value });
    await ssm.putParameter({ Name: '/a', Type: 'String', Value: 'A', Tags: [tag('team', 'x')] });
    const parameter = { ResourceType: 'Parameter' as const, ResourceId: '/a' };
    await ssm.addTagsToResource({ ...parameter, Tags: [tag('team', 'y'), tag('b', '2')] });
    await ssm.removeTagsFromResource({ ...parameter, TagKeys: ['b'] });
    await ssm.putParameter({ Name: '/a', Value: 'B', Overwrite: true });
    assert.deepEqual((await ssm.listTagsForResource(parameter)).TagList, [tag('team', 'y')]);
    const found = async (value: string) =>
      (await ssm.describeParameters({ ParameterFilters: [{ Key: 'tag:team', Values: [value] }] })).Parameters;
    assert.equal((await found('y'))?.length, 1);
    assert.equal((await found('x'))?.length, 0);
    await refusesCall(
      ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: '/none' }),
      'InvalidResourceId',
    );
    await refusesCall(
      ssm.listTagsForResource({ ResourceType: 'Document', ResourceId: '/a' }),
      'InvalidResourceType',
    );
  });

  it('deletes, and says when there was nothing', async () => {
    const { ssm, store } = new SecretsUnderTest();
    await ssm.putParameter({ Name: '/a', Type: 'String', Value: 'A' });
    await ssm.deleteParameter({ Name: '/a' });
    await refusesCall(ssm.deleteParameter({ Name: '/a' }), 'ParameterNotFound');
    await ssm.putParameter({ Name: '/a', Type: 'String', Value: 'A' });
    const gone = await ssm.deleteParameters({ Names: ['/a', '/b'] });
    assert.deepEqual([gone.DeletedParameters, gone.InvalidParameters], [['/a'], ['/b']]);
    assert.deepEqual(await store.range({ prefix: '' }), []);
  });

  it('shows no value in the store or in a log, of whatever type', async () => {
    const under = new SecretsUnderTest();
    await under.ssm.putParameter({ Name: '/a', Type: 'String', Value: 'hunter2' });
    await refusesCall(
      under.ssm.putParameter({ Name: '/a', Type: 'String', Value: 'hunter3' }),
      'ParameterAlreadyExists',
    );
    assert.doesNotMatch(`${await under.stored()} ${JSON.stringify(under.logged)}`, /hunter/);
  });

  it('says that a value cannot be decrypted where its key is another, or gone', async () => {
    const under = new SecretsUnderTest();
    await under.ssm.putParameter({ Name: '/a', Type: 'SecureString', Value: 'hunter2' });
    const asked = { Name: '/a', WithDecryption: true };
    for (const key of [fixedKey(2), { make: () => assert.fail(), find: () => undefined }]) {
      under.key = key;
      await refusesCall(under.ssm.getParameter(asked), 'InvalidKeyId');
    }
    under.key = fixedKey();
    assert.equal((await under.ssm.getParameter(asked)).Parameter?.Value, 'hunter2');
  });

  it('keeps a hundred versions, and gives them by number and by label', async () => {
    const { ssm } = new SecretsUnderTest();
    for (let version = 1; version <= 3; version += 1) {
      await ssm.putParameter({
        Name: '/a',
        Type: 'SecureString',
        Value: `value ${version}`,
        Overwrite: true,
      });
    }
    const labelled = await ssm.labelParameterVersion({
      ...{ Name: '/a', ParameterVersion: 2, Labels: ['prod', 'aws-x', '1st'] },
    });
    assert.deepEqual([labelled.ParameterVersion, labelled.InvalidLabels], [2, ['aws-x', '1st']]);
    const valueOf = async (name: string) => {
      const { Parameter } = await ssm.getParameter({ Name: name, WithDecryption: true });
      return [Parameter?.Version, Parameter?.Value, Parameter?.Selector];
    };
    assert.deepEqual(await valueOf('/a'), [3, 'value 3', undefined]);
    assert.deepEqual(await valueOf('/a:1'), [1, 'value 1', ':1']);
    assert.deepEqual(await valueOf('/a:prod'), [2, 'value 2', ':prod']);
    await ssm.labelParameterVersion({ Name: '/a', Labels: ['prod', 'newest'] });
    assert.deepEqual(await valueOf('/a:prod'), [3, 'value 3', ':prod']);
    await refusesCall(ssm.getParameter({ Name: '/a:old' }), 'ParameterVersionNotFound');
    const history = async () => {
      const { Parameters = [] } = await ssm.getParameterHistory({ Name: '/a', WithDecryption: true });
      return Parameters.map(({ Version, Value, Labels }) => [Version, Value, Labels]);
    };
    assert.deepEqual(await history(), [
      [1, 'value 1', []],
      [2, 'value 2', []],
      [3, 'value 3', ['prod', 'newest']],
    ]);
    const removed = await ssm.unlabelParameterVersion({
      ...{ Name: '/a', ParameterVersion: 3, Labels: ['prod', 'other'] },
    });
    assert.deepEqual([removed.RemovedLabels, removed.InvalidLabels], [['prod'], ['other']]);
    const many = Array.from({ length: 10 }, (_, index) => `label-${index}`);
    await refusesCall(
      ssm.labelParameterVersion({ Name: '/a', Labels: many }),
      'ParameterVersionLabelLimitExceeded',
    );
    await ssm.deleteParameter({ Name: '/a' });
    await ssm.putParameter({ Name: '/a', Type: 'String', Value: 'anew' });
    assert.deepEqual(await history(), [[1, 'anew', []]]);
  });

  it('lets the oldest of a hundred versions go, unless it has a label', async () => {
    const { ssm } = new SecretsUnderTest();
    const put = (value: number) =>
      ssm.putParameter({ Name: '/a', Type: 'String', Value: String(value), Overwrite: true });
    for (let version = 1; version <= 101; version += 1) await put(version);
    const first = await ssm.getParameterHistory({ Name: '/a', MaxResults: 50 });
    const second = await ssm.getParameterHistory({ Name: '/a', NextToken: first.NextToken });
    const versions = [...(first.Parameters ?? []), ...(second.Parameters ?? [])].map(
      ({ Version }) => Version,
    );
    assert.deepEqual(
      versions,
      Array.from({ length: 100 }, (_, index) => index + 2),
    );
    await ssm.labelParameterVersion({ Name: '/a', ParameterVersion: 2, Labels: ['kept'] });
    await refusesCall(put(102), 'ParameterMaxVersionLimitExceeded', /Version 2, the oldest version/);
  });
});
