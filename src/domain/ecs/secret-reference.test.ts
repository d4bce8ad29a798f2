import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasKind } from '../errors.ts';
import { parseSecretReference, registryAuth, secretText } from './secret-reference.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-a1B2c3';
const PARAMETER = 'arn:aws:ssm:eu-central-1:111122223333:parameter/app/key';

describe('A secret’s valueFrom', () => {
  const rows: [string, string, Partial<ReturnType<typeof parseSecretReference>>][] = [
    ['a whole secret', SECRET, { service: 'secretsmanager', id: SECRET, region: 'eu-west-1' }],
    ['a JSON key', `${SECRET}:user::`, { id: SECRET, jsonKey: 'user' }],
    ['a stage', `${SECRET}::AWSPREVIOUS:`, { id: SECRET, versionStage: 'AWSPREVIOUS' }],
    ['key, stage and version', `${SECRET}:k:s:v`, { jsonKey: 'k', versionStage: 's', versionId: 'v' }],
    ['blank parts', `${SECRET}:::`, { id: SECRET }],
    ['a parameter’s ARN', PARAMETER, { service: 'ssm', id: PARAMETER, region: 'eu-central-1' }],
    ['a parameter’s name', '/app/key', { service: 'ssm', id: '/app/key', region: 'us-east-1' }],
  ];
  for (const [name, valueFrom, expected] of rows) {
    it(`names ${name}`, () => {
      const found = parseSecretReference(valueFrom, 'us-east-1');
      assert.deepEqual({ ...found, ...expected }, found);
      assert.equal('jsonKey' in found, 'jsonKey' in expected);
      assert.equal('versionId' in found, 'versionId' in expected);
    });
  }

  for (const wrong of [`${SECRET}:user`, `${SECRET}:a:b:c:d`, 'arn:aws:s3:::bucket/key', '']) {
    it(`is refused as ${JSON.stringify(wrong.slice(-20))}`, () => {
      assert.throws(
        () => parseSecretReference(wrong, 'us-east-1'),
        (error: unknown) => hasKind(error, 'invalid') && /an invalid ARN format/.test(error.message),
      );
    });
  }
});

describe('The value of a secret', () => {
  it('is its text, or a member of its JSON, which other than text stands as JSON', () => {
    assert.equal(secretText('plain', undefined), 'plain');
    const text = '{"user":"u","port":5432,"tls":true,"more":{"a":1}}';
    assert.equal(secretText(text, 'user'), 'u');
    assert.equal(secretText(text, 'port'), '5432');
    assert.equal(secretText(text, 'tls'), 'true');
    assert.equal(secretText(text, 'more'), '{"a":1}');
  });

  it('is refused without showing anything of the secret', () => {
    const shows = (text: string, key: string): string => {
      try {
        secretText(text, key);
      } catch (error) {
        return String(error);
      }
      return assert.fail('it was taken');
    };
    assert.match(shows('{"a":"hush"}', 'b'), /did not contain json key b/);
    for (const text of ['hush', '["hush"]', '{"hush', '"hush"']) {
      const said = shows(text, 'a');
      assert.match(said, /invalid character/);
      assert.ok(!said.includes('hush'));
    }
    assert.match(shows('{}', 'toString'), /did not contain json key toString/);
  });

  it('for a registry holds user and password, named in any case', () => {
    assert.deepEqual(registryAuth('{"UserName":"u","password":"p"}'), { username: 'u', password: 'p' });
    assert.throws(() => registryAuth('{"username":"u"}'), /needs a JSON object with username and password/);
  });
});
