/** Secrets Manager and the Parameter Store as Debian's AWS CLI and boto3 use them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Neargate } from '../support/neargate/instance.ts';
import { aws, python, toolsMissing } from '../support/neargate/python.ts';
import { patient } from '../../src/ports/testing/patience.ts';

const BOTO3 = `
import boto3, os
clients = {name: boto3.client(name, endpoint_url=os.environ['ENDPOINT']) for name in ('secretsmanager', 'ssm')}
secrets, ssm = clients['secretsmanager'], clients['ssm']
names = [s['Name'] for page in secrets.get_paginator('list_secrets').paginate(PaginationConfig={'PageSize': 1})
         for s in page['SecretList']]
values = [p['Value'] for page in ssm.get_paginator('get_parameters_by_path').paginate(
    Path='/app', Recursive=True, WithDecryption=True, PaginationConfig={'PageSize': 1}) for p in page['Parameters']]
print(names, values)
try:
    secrets.get_secret_value(SecretId='none')
except secrets.exceptions.ResourceNotFoundException as error:
    print(error)
try:
    ssm.get_parameter(Name='/none')
except ssm.exceptions.ParameterNotFound as error:
    print(error.response['ResponseMetadata']['HTTPStatusCode'])
`;

const skip = (await toolsMissing()) ?? false;

describe('Secrets with the AWS CLI and boto3', { skip, timeout: patient(120_000) }, () => {
  let neargate: Neargate;
  before(async () => {
    neargate = await Neargate.start({ flags: ['--fake'] });
  });
  after(() => neargate?.close());

  it('are made, read, changed and deleted by the CLI', async () => {
    const secret = async (...args: string[]) =>
      (await aws(neargate, 'secretsmanager', ...args)) as Record<string, string>;
    const { ARN = '' } = await secret('create-secret', '--name', 'app/db', '--secret-string', 'one');
    await secret('put-secret-value', '--secret-id', ARN, '--secret-string', 'two');
    const read = async (...args: string[]) =>
      (await secret('get-secret-value', '--secret-id', 'app/db', ...args))['SecretString'];
    assert.equal(await read(), 'two');
    assert.equal(await read('--version-stage', 'AWSPREVIOUS'), 'one');
    await secret('delete-secret', '--secret-id', ARN, '--force-delete-without-recovery');
    await assert.rejects(read(), /ResourceNotFoundException.*can't find the specified secret/);
  });

  it('are listed page by page, and missed by exceptions, in boto3', async () => {
    for (const name of ['a', 'b']) {
      await aws(neargate, 'secretsmanager', 'create-secret', '--name', name, '--secret-string', 'x');
      const parameter = ['--name', `/app/${name}`, '--type', 'SecureString', '--value', `value ${name}`];
      await aws(neargate, 'ssm', 'put-parameter', ...parameter);
    }
    assert.deepEqual((await python(neargate, BOTO3, {})).trim().split('\n'), [
      "['a', 'b'] ['value a', 'value b']",
      "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the specified secret.",
      '400',
    ]);
  });

  it('are still there, and can be read, after a restart', async () => {
    await aws(neargate, 'secretsmanager', 'create-secret', '--name', 'kept', '--secret-string', 'hunter2');
    await neargate.killControlPlane();
    await neargate.startAgain();
    const kept = (await aws(neargate, 'secretsmanager', 'get-secret-value', '--secret-id', 'kept')) as {
      SecretString: string;
    };
    assert.equal(kept.SecretString, 'hunter2');
  });
});
