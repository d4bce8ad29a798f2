import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../errors.ts';
import {
  parseCredentialsParameter,
  parseSecretReference,
  registryAuthOf,
  type SecretReference,
  secretText,
} from './secret-reference.ts';

const REGION = 'eu-west-1';
const SECRET = 'arn:aws:secretsmanager:us-east-2:000000000000:secret:prod/db-AbCdEf';
const PARAMETER = 'arn:aws:ssm:us-west-2:000000000000:parameter/app/key';

const FORMS: { valueFrom: string; reference: SecretReference }[] = [
  { valueFrom: SECRET, reference: asm({}) },
  { valueFrom: `${SECRET}:password::`, reference: asm({ jsonKey: 'password' }) },
  { valueFrom: `${SECRET}:::`, reference: asm({}) },
  { valueFrom: `${SECRET}::AWSPREVIOUS:`, reference: asm({ versionStage: 'AWSPREVIOUS' }) },
  {
    valueFrom: `${SECRET}:a b:AWSCURRENT:9d4cb84b-ad69-40c0-a0ab-cead36b967e8`,
    reference: asm({
      jsonKey: 'a b',
      versionStage: 'AWSCURRENT',
      versionId: '9d4cb84b-ad69-40c0-a0ab-cead36b967e8',
    }),
  },
  {
    valueFrom: 'arn:aws-cn:secretsmanager:cn-north-1:000000000000:secret:x-AbCdEf:k::',
    reference: {
      service: 'secretsmanager',
      region: 'cn-north-1',
      secretId: 'arn:aws-cn:secretsmanager:cn-north-1:000000000000:secret:x-AbCdEf',
      jsonKey: 'k',
    },
  },
  { valueFrom: PARAMETER, reference: { service: 'ssm', region: 'us-west-2', name: PARAMETER } },
  { valueFrom: '/app/key', reference: { service: 'ssm', region: REGION, name: '/app/key' } },
  { valueFrom: 'key', reference: { service: 'ssm', region: REGION, name: 'key' } },
];

function asm(rest: object): SecretReference {
  return { service: 'secretsmanager', region: 'us-east-2', secretId: SECRET, ...rest };
}

const BAD_ARNS = [
  `${SECRET}:password`,
  `${SECRET}:password:`,
  `${SECRET}:a:b:c:d`,
  'arn:aws:secretsmanager:us-east-2:000000000000:secret:',
  'arn:aws:secretsmanager::000000000000:secret:x',
  'arn:aws:secretsmanager:us-east-2:000000000000:other:x',
  'arn:aws:s3:::bucket/key',
  'arn:',
];

describe('a reference to a secret', () => {
  for (const { valueFrom, reference } of FORMS) {
    it(`is read from ${valueFrom}`, () =>
      assert.deepEqual(parseSecretReference(valueFrom, REGION), reference));
  }

  for (const valueFrom of BAD_ARNS) {
    it(`is refused in AWS's words: ${valueFrom}`, () => {
      const message = `trying to retrieve secret with value ${valueFrom} resulted in error: an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`;
      assert.throws(() => parseSecretReference(valueFrom, REGION), { kind: 'invalid', message });
    });
  }

  it('is refused when the ARN names no parameter', () => {
    assert.throws(() => parseSecretReference('arn:aws:ssm:us-west-2:000000000000:document/x', REGION), {
      kind: 'invalid',
      message: /an invalid ARN format for the AWS Systems Manager Parameter Store parameter/,
    });
  });
});

describe('a reference to the credentials of a registry', () => {
  it("is an ARN or a name in the task's region", () => {
    assert.deepEqual(parseCredentialsParameter(SECRET, REGION), asm({}));
    const byName = { service: 'secretsmanager', region: REGION, secretId: 'registry' };
    assert.deepEqual(parseCredentialsParameter('registry', REGION), byName);
  });

  it('cannot be a parameter', () => {
    assert.throws(() => parseCredentialsParameter(PARAMETER, REGION), { kind: 'invalid' });
  });
});

describe('the text of a secret', () => {
  const whole = asm({});
  const member = (jsonKey: string): SecretReference => asm({ jsonKey });

  it('is the whole secret when no key is asked for', () => {
    assert.equal(secretText(whole, '{"a": 1}'), '{"a": 1}');
    assert.equal(secretText({ service: 'ssm', region: REGION, name: 'x' }, 'text'), 'text');
  });

  it("is a member's text, also when that is no string", () => {
    const raw = '{"user": "app", "port": 5432, "tls": true, "empty": "", "none": null}';
    const texts = ['user', 'port', 'tls', 'empty', 'none'].map((key) => secretText(member(key), raw));
    assert.deepEqual(texts, ['app', '5432', 'true', '', '<nil>']);
  });

  it('names the key that is missing, and takes none from what every object has', () => {
    for (const key of ['nothing', 'constructor', '__proto__']) {
      const message = `retrieved secret from Secrets Manager did not contain json key ${key}`;
      assert.throws(() => secretText(member(key), '{"a": 1}'), { kind: 'invalid', message });
    }
    assert.throws(() => secretText(member('a'), 'null'), /did not contain json key a$/);
  });

  it('says that a secret is no JSON object without telling what it is', () => {
    const found = ['hunter2', '"hunter2"', '["hunter2"]', '{"hunter2":', '12', 'true', ' '].map((raw) =>
      refusal(() => secretText(member('a'), raw)),
    );
    assert.deepEqual(found, [
      'invalid character in the secret, which is not JSON',
      'json: cannot unmarshal string into Go value of type map[string]interface {}',
      'json: cannot unmarshal array into Go value of type map[string]interface {}',
      'invalid character in the secret, which is not JSON',
      'json: cannot unmarshal number into Go value of type map[string]interface {}',
      'json: cannot unmarshal bool into Go value of type map[string]interface {}',
      'unexpected end of JSON input',
    ]);
  });
});

describe('the credentials of a registry', () => {
  it('are members by name in any case, the exact one first', () => {
    const auth = { username: 'ann', password: 'secret' };
    assert.deepEqual(registryAuthOf('{"username": "ann", "password": "secret", "more": 1}'), auth);
    assert.deepEqual(registryAuthOf('{"Username": "ann", "PASSWORD": "secret"}'), auth);
    assert.deepEqual(
      registryAuthOf('{"username": "ann", "UserName": "bob", "password": "secret"}').username,
      'ann',
    );
  });

  it("are refused in AWS's words, which tell nothing of them", () => {
    const schema = 'asm fetching authorization data: unable to unmarshal secret value, invalid schema';
    const found = ['', 'hunter2', '["hunter2"]', '{"username": 1, "password": "hunter2"}', '{}'].map((raw) =>
      refusal(() => registryAuthOf(raw)),
    );
    assert.deepEqual(found, [
      'asm fetching authorization data: empty secrets value',
      schema,
      schema,
      schema,
      'asm fetching username: AuthorizationData is malformed, empty field',
    ]);
    assert.equal(
      refusal(() => registryAuthOf('{"username": "ann", "password": ""}')),
      'asm fetching password: AuthorizationData is malformed, empty field',
    );
  });
});

/** The message, after a look that nothing of the value is anywhere in the error. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.cause, undefined);
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error.details)}`, /hunter2/);
    return error.message;
  }
  return assert.fail('it was taken');
}
